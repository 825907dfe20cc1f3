<?php
// predis 1.1.10, without Crosswire: half a status reply at the end of the stream passes for
// a whole one.
//   php -d include_path=target/adapters/predis-1.1.10/usr/share/php adapters/proofs/predis.php
require 'Predis/Autoloader.php';
Predis\Autoloader::register();
$server = stream_socket_server('tcp://127.0.0.1:0');
$port = (int) substr(strrchr(stream_socket_get_name($server, false), ':'), 1);
if (pcntl_fork() === 0) {
    $client = stream_socket_accept($server);
    fread($client, 4096);
    fwrite($client, '+QUEU');
    exit;
}
$redis = new Predis\Client(['host' => '127.0.0.1', 'port' => $port]);
echo 'SET b returns ', json_encode((string) $redis->set('b', '1')), "\n";
