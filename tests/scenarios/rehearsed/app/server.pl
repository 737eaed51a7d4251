# server.pl PORT [STORE]: alive while it runs, ready while the store takes connections. BEHAVIOUR names its faults.
use strict; use warnings; use IO::Socket::INET;
$| = 1;
my ($port, $store) = @ARGV;
my $behaviour = $ENV{BEHAVIOUR} || '';
$SIG{CHLD} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "no port: $!";
sub answered { close $server; 1 while wait != -1; exit 0 }
$SIG{TERM} = $behaviour =~ /deaf/ ? 'IGNORE' : $behaviour =~ /rude/ ? sub { exit 0 } : \&answered;
print "listening on $port\n";
print "token $ENV{API_TOKEN}\n" if $behaviour =~ /talks/;
die "JWT_SECRET is not set\n" if $behaviour =~ /dies/;
while (1) {
  my $client = $server->accept or next;
  my $pid = fork; next if !defined $pid || $pid;
  my ($line, $length) = (scalar <$client>, 0);
  while (my $head = <$client>) { $length = $1 if $head =~ /^Content-Length: (\d+)/; last if $head =~ /^\r?\n$/ }
  read $client, my $body, $length if $length;
  my ($path) = ($line || '') =~ m{^(?:GET|POST) (\S+)};
  my $status = status($path || '');
  print $client "HTTP/1.1 $status\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
  exit 0;
}
sub status {
  my $path = shift;
  return '200 OK' if $path eq '/health/live';
  return '404 Not Found' if $path ne '/health/ready';
  return '200 OK' if !$store || $behaviour =~ /lies/;
  return IO::Socket::INET->new(PeerAddr => "$store:6379", Timeout => 1) ? '200 OK' : '503 Service Unavailable';
}
