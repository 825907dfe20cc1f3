<?php
// phpredis: one connection. A call gives up by the read time-out (OPT_READ_TIMEOUT).
require __DIR__ . '/kit.php';

class Library
{
    public ?float $timeout = null;
    private Redis $client;

    public function __construct(string $host, int $port)
    {
        $this->client = new Redis();
        $this->client->connect($host, $port);
    }

    private function timed(): Redis
    {
        // Without a time-out of its own a call waits for an hour: the schedule decides.
        $this->client->setOption(Redis::OPT_READ_TIMEOUT, $this->timeout ?? 3600);
        return $this->client;
    }

    // The library returns false for an error reply, and keeps its text; false for "no such key" has
    // no text.
    private function returned(mixed $reply): mixed
    {
        $error = $this->client->getLastError();
        $this->client->clearLastError();
        if ($reply === false && $error !== null) {
            throw new RedisException($error);
        }
        return $reply;
    }

    public function get(array $request): mixed
    {
        return $this->returned($this->timed()->get($request['key']));
    }

    public function mget(array $request): mixed
    {
        return $this->returned($this->timed()->mget($request['keys']));
    }

    public function set(array $request): mixed
    {
        return $this->returned($this->timed()->set($request['key'], $request['value']));
    }

    public function pipeline(array $request): mixed
    {
        $batch = $this->timed()->pipeline();
        foreach ($request['commands'] as $words) {
            $batch->{$words[0]}(...array_slice($words, 1));
        }
        $replies = $batch->exec();
        // One text for all that failed; which it belongs to is not said.
        $error = $this->client->getLastError();
        $this->client->clearLastError();
        if (!is_array($replies)) {
            return $this->returned($replies);
        }
        $shown = fn ($reply) => $reply === false && $error !== null ? ['error' => $error] : $reply;
        return array_map($shown, $replies);
    }

    public function close(): void
    {
        $this->client->close();
    }
}

serve(Library::class, [
    'library' => 'phpredis', 'version' => phpversion('redis'),
    'client' => 'one connection', 'connections' => 'exclusive',
]);
