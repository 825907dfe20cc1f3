# Perl's Redis 2.000, without Crosswire: a time-out in the middle of a bulk reply keeps the socket,
# and the next call reads what was left.
#   perl -I target/adapters/perl-redis-2.000/usr/share/perl5 adapters/proofs/perl-redis.pl
use strict;
use warnings;
use IO::Socket::INET;
use Redis;

my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
if (!fork) {
    my $client = $server->accept;
    $client->sysread(my $request, 4096);
    $client->syswrite("\$7\r\nval");
    select(undef, undef, undef, 0.5);
    $client->syswrite("ue-a\r\n");
    while ($client->sysread($request, 4096)) {
        $client->syswrite("\$7\r\nvalue-c\r\n");
    }
    exit;
}
my $redis = Redis->new(server => '127.0.0.1:' . $server->sockport, read_timeout => 0.2);
for my $key ('a', 'c', 'c') {
    my $value = eval { $redis->get($key) };
    print "GET $key ", defined $value ? "returns $value" : "fails: $@", "\n";
    select(undef, undef, undef, 0.6);
}
