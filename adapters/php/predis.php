<?php
// predis: one connection, which the next call opens again after an error. A call gives up by the
// read time-out of the stream.
require __DIR__ . '/kit.php';
require 'Predis/Autoloader.php';
Predis\Autoloader::register();

class Library
{
    public ?float $timeout = null;
    private Predis\Client $client;

    public function __construct(string $host, int $port)
    {
        // The schedule decides when a reply is late: -1 is no time-out.
        $where = ['host' => $host, 'port' => $port, 'read_write_timeout' => -1];
        $this->client = new Predis\Client($where);
    }

    private function timed(): Predis\Client
    {
        $micros = (int) (($this->timeout ?? 3600) * 1e6);
        // This connects, if there is no connection.
        $stream = $this->client->getConnection()->getResource();
        stream_set_timeout($stream, intdiv($micros, 1_000_000), $micros % 1_000_000);
        return $this->client;
    }

    public function get(array $request): mixed
    {
        return $this->timed()->get($request['key']);
    }

    public function mget(array $request): mixed
    {
        return $this->timed()->mget($request['keys']);
    }

    public function set(array $request): mixed
    {
        return $this->text($this->timed()->set($request['key'], $request['value']));
    }

    public function pipeline(array $request): mixed
    {
        $batch = $this->timed()->pipeline();
        foreach ($request['commands'] as $words) {
            $batch->{$words[0]}(...array_slice($words, 1));
        }
        return array_map($this->text(...), $batch->execute());
    }

    private function text(mixed $reply): mixed
    {
        if ($reply instanceof Predis\Response\ErrorInterface) {
            return ['error' => $reply->getMessage()];
        }
        return $reply instanceof Predis\Response\Status ? $reply->getPayload() : $reply;
    }

    public function close(): void
    {
        $this->client->disconnect();
    }
}

serve(Library::class, [
    'library' => 'predis', 'version' => Predis\Client::VERSION,
    'client' => 'one connection', 'connections' => 'exclusive',
]);
