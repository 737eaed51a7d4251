use strict; use warnings; use IO::Socket::INET;
$| = 1;
$SIG{TERM} = sub { exit 0 };
$SIG{CHLD} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die "no port: $!";
while (1) {
  my $client = $server->accept or next;
  my $pid = fork; next if !defined $pid || $pid;
  my $request = ''; while (my $head = <$client>) { $request .= $head; last if $head =~ /^\r?\n$/ }
  exit 0 unless $request =~ /\n\r?\n$/;  # who only looks whether the port is open says nothing
  for (1 .. 20) {
    my $web = IO::Socket::INET->new(PeerAddr => 'web:8080', Timeout => 2);
    if ($web) { print $web $request; local $/; my $answer = <$web>; if ($answer) { print $client $answer; exit 0 } }
    select undef, undef, undef, 0.1;
  }
  print $client "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"; exit 0;
}
