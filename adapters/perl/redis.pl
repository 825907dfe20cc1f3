# Perl's Redis: one connection, which the next call opens again after an error (reconnect). A call
# gives up by the read time-out of its socket.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Kit;
use Redis;

package Library;

sub new {
    my ($class, $host, $port) = @_;
    # Without a time-out, none can be set later. The schedule decides when a reply is late.
    my $redis = Redis->new(server => "$host:$port", read_timeout => 3600, reconnect => 2);
    return bless { redis => $redis }, $class;
}

sub timed {
    my ($self) = @_;
    my $socket = $self->{redis}{sock};
    $self->{redis}{read_timeout} = $self->{timeout} // 3600;
    $socket->read_timeout($self->{timeout} // 3600) if $socket;
    return $self->{redis};
}

sub get { my ($self, $request) = @_; return scalar $self->timed->get($request->{key}) }

sub mget { my ($self, $request) = @_; return [$self->timed->mget(@{ $request->{keys} })] }

sub set { my ($self, $request) = @_; return $self->timed->set($request->{key}, $request->{value}) }

sub pipeline {
    my ($self, $request) = @_;
    my $redis = $self->timed;
    my (@replies, $count);
    for my $words (@{ $request->{commands} }) {
        my ($name, @arguments) = @$words;
        my $at = $count++;
        $redis->$name(@arguments, sub {
            my ($reply, $error) = @_;
            $replies[$at] = defined $error ? { error => $error } : $reply;
        });
    }
    $redis->wait_all_responses;
    return \@replies;
}

sub close { my ($self) = @_; $self->{redis}->quit if $self->{redis}{sock}; return }

package main;

Kit::serve('Library', library => 'perl-redis', version => "$Redis::VERSION",
    client => 'one connection', connections => 'exclusive');
