<?php
// What adapters in PHP have in common: lines and errors (docs/adapter-protocol.md). An adapter is a
// class with the operations of the protocol as methods, and calls serve. A new operation of the
// protocol is a new method: it is called with the request. `$timeout` is set before each call, in
// seconds, or null. adapters/front.py starts the adapter and answers the barriers.

// Warnings of PHP would come between the lines.
ini_set('display_errors', 'stderr');

function say(array $line): void
{
    $how = JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE;
    fwrite(STDOUT, json_encode($line, $how) . "\n");
}

function serve(string $library, array $hello): void
{
    say($hello + [
        'crosswire' => 1, 'calls' => 'one', 'cancel' => 'by-timeout', 'runtime' => 'PHP ' . PHP_VERSION,
    ]);
    $client = null;
    while (($line = fgets(STDIN)) !== false) {
        $request = json_decode($line, true);
        $answer = ['id' => $request['id'], 'value' => true];
        try {
            if ($request['op'] === 'connect') {
                $client = new $library($request['host'], $request['port']);
            } elseif ($request['op'] === 'close') {
                $client->close();
            } else {
                $ms = $request['timeout_ms'] ?? null;
                $client->timeout = $ms === null ? null : $ms / 1000;
                $answer['value'] = $client->{$request['op']}($request);
            }
        } catch (Throwable $error) {
            $text = get_class($error) . ': ' . $error->getMessage();
            $answer = ['id' => $request['id'], 'error' => $text];
        }
        say($answer);
    }
}
