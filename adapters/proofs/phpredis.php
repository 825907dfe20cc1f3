<?php
// phpredis 5.3.7, without Crosswire. A time-out in the middle of a line keeps the connection, and
// the next call reads the rest of the reply before; one in the middle of a bulk reply is swallowed.
//   php with the options of $(adapters/make phpredis 5.3.7), and adapters/proofs/phpredis.php
$server = stream_socket_server('tcp://127.0.0.1:0');
$port = (int) substr(strrchr(stream_socket_get_name($server, false), ':'), 1);
if (pcntl_fork() === 0) {
    for ($round = 0; $round < 2; $round++) {
        $client = stream_socket_accept($server);
        fread($client, 4096);
        fwrite($client, $round === 0 ? '+O' : "$5\r\nva");
        usleep($round === 0 ? 400_000 : 2_000_000);
        fwrite($client, $round === 0 ? "K\r\n" : "lue\r\n");
        while (fread($client, 4096)) {
            fwrite($client, "$7\r\nvalue-c\r\n");
        }
    }
    exit;
}

function show(string $call, callable $do): void
{
    pcntl_alarm(5); // Ends this program.
    echo $call, ' ';
    $start = microtime(true);
    try {
        $end = 'returns ' . json_encode($do());
    } catch (RedisException $error) {
        $end = 'throws ' . trim($error->getMessage());
    }
    printf("%s after %.1f s\n", $end, microtime(true) - $start);
}

foreach (['in a line', 'in a bulk'] as $case) {
    $redis = new Redis();
    $redis->connect('127.0.0.1', $port);
    $redis->setOption(Redis::OPT_READ_TIMEOUT, 0.2);
    $first = fn () => $case === 'in a line' ? $redis->set('b', '1') : $redis->get('a');
    show("$case: first call", $first);
    usleep(400_000);
    show("$case: GET c", fn () => $redis->get('c'));
    show("$case: GET c", fn () => $redis->get('c'));
    $redis->close();
}
