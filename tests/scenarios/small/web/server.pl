use strict; use warnings; use IO::Socket::INET;
$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{CHLD} = 'IGNORE';
my $revision = $ENV{REVISION} || 'unknown';
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die "no port: $!";
print "listening on 8080\n";
while (1) {
  my $client = $server->accept or next;
  my $pid = fork; next if !defined $pid || $pid;
  my $line = <$client>; while (my $head = <$client>) { last if $head =~ /^\r?\n$/ }
  my $body = "{\"revision\":\"$revision\"}";
  print $client "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
  exit 0;
}
