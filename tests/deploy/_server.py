"""A server of fifty lines on Debian's smallest image: slow answers, a stream, and an end in order."""

from __future__ import annotations

# Debian's smallest image has perl-base. A request has a process of its own, and the server waits for them at its end.
SERVER = r"""
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ":sys_wait_h";
my ($over, %children) = (0);
$SIG{TERM} = sub { $over = 1 };
my $server = IO::Socket::INET->new(LocalPort => 8081, Listen => 128, ReuseAddr => 1) or die "port 8081: $!";
my $waiting = IO::Select->new($server);
while (!$over || $waiting->can_read(0.1)) {
    while ((my $ended = waitpid(-1, WNOHANG)) > 0) { delete $children{$ended} }
    next unless $waiting->can_read(0.1);
    my $client = $server->accept or next;
    my $child = fork;
    if ($child) { $children{$child} = 1; close $client; next }
    close $server;
    answer($client);
    exit 0;
}
close $server;
kill "TERM", keys %children;
while (wait() > 0) {}

sub answer {
    my $client = shift;
    my $request = "";
    while ($request !~ /\r\n\r\n/) { sysread($client, $request, 4096, length $request) or return }
    my ($path) = $request =~ m{^\w+ (\S+)};
    return stream($client) if $path eq "/api/events";
    sleep 3 if $path eq "/api/slow";
    my $body = qq({"status":"ok","revision":"$ENV{APP_REVISION}","host":"$ENV{HOSTNAME}"}\n);
    my $headers = "Content-Type: application/json\r\nConnection: close\r\nContent-Length: " . length $body;
    print $client "HTTP/1.1 200 OK\r\n$headers\r\n\r\n$body";
}

sub stream {
    my $client = shift;
    $client->autoflush(1);
    print $client "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    until ($over) { print $client "tick\n"; select undef, undef, undef, 0.2 }
    sleep 2;
    print $client "bye\n";
}
"""
