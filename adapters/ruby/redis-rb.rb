# redis-rb: one connection. A call gives up by the read time-out of its socket.
require_relative 'kit'
require 'redis'

class Library
  HELLO = { library: 'redis-rb', version: Redis::VERSION, client: 'one connection',
            connections: 'exclusive' }.freeze

  attr_writer :timeout

  def initialize(host, port)
    # The schedule decides when a reply is late. A call is made once more on a new connection if its
    # connection is lost; that is the default.
    @client = Redis.new(host: host, port: port, timeout: 3600.0)
  end

  def timed
    # A socket that is open has the time-out of the call before, and a new one that of the options.
    seconds = @timeout || 3600.0
    @client._client.options[:read_timeout] = seconds
    @client._client.connection.timeout = seconds if @client._client.connected?
    yield @client
  end

  def get(request)
    timed { |client| client.get(request['key']) }
  end

  def mget(request)
    timed { |client| client.mget(*request['keys']) }
  end

  def set(request)
    timed { |client| client.set(request['key'], request['value']) }
  end

  def pipeline(request)
    timed do |client|
      client.pipelined { |batch| request['commands'].each { |words| batch.call(words) } }
    end
  end

  def close
    @client.close
  end
end

Kit.serve(Library)
