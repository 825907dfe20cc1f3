# What adapters in Perl have in common: lines and errors (docs/adapter-protocol.md). An adapter is a
# package with the operations of the protocol as methods, and calls Kit::serve. A new operation of
# the protocol is a new method: it is called with the request. `timeout` is set before each call, in
# seconds, or undef. adapters/front.py starts the adapter and answers the barriers.
package Kit;
use strict;
use warnings;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

sub say {
    my ($line) = @_;
    syswrite(STDOUT, $json->encode($line) . "\n");
}

sub serve {
    my ($library, %hello) = @_;
    my $runtime = sprintf('Perl %vd', $^V);
    say({ crosswire => 1, calls => 'one', cancel => 'by-timeout', runtime => $runtime, %hello });
    my $client;
    while (my $line = <STDIN>) {
        my $request = $json->decode($line);
        my ($op, %answer) = ($request->{op}, id => $request->{id}, value => JSON::PP::true);
        my $done = eval {
            if ($op eq 'connect') {
                $client = $library->new($request->{host}, $request->{port});
            } elsif ($op eq 'close') {
                $client->close;
            } else {
                my $ms = $request->{timeout_ms};
                $client->{timeout} = defined $ms ? $ms / 1000 : undef;
                $answer{value} = $client->$op($request);
            }
            1;
        };
        if (!$done) {
            delete $answer{value};
            ($answer{error} = "$@") =~ s/\s+\z//;
        }
        say(\%answer);
    }
}

1;
