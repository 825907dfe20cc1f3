# What adapters in Ruby have in common: lines and errors (docs/adapter-protocol.md). An adapter is a
# class with the operations of the protocol as methods, and calls Kit.serve. A new operation of the
# protocol is a new method: it is called with the request. `timeout` is set before each call, in
# seconds, or nil. adapters/front.py starts the adapter and answers the barriers.
require 'json'

module Kit
  def self.say(line)
    STDOUT.syswrite(JSON.generate(line) + "\n")
  end

  def self.error(error)
    { error: "#{error.class}: #{error.message}" }
  end

  # A reply of a pipeline, which may be an error.
  def self.shown(reply)
    reply.is_a?(Exception) ? { error: reply.message } : reply
  end

  def self.serve(library)
    say({ crosswire: 1, calls: 'one', cancel: 'by-timeout', runtime: "Ruby #{RUBY_VERSION}" }
      .merge(library::HELLO))
    client = nil
    while (line = STDIN.gets)
      request = JSON.parse(line)
      op = request['op']
      answer = { id: request['id'] }
      begin
        if op == 'connect'
          client = library.new(request['host'], request['port'])
          answer[:value] = true
        elsif op == 'close'
          client.close
          answer[:value] = true
        else
          client.timeout = request['timeout_ms'] && request['timeout_ms'] / 1000.0
          answer[:value] = client.public_send(op, request)
        end
      rescue StandardError => e
        answer.merge!(error(e))
      end
      say(answer)
    end
  end
end
