use IO::Socket::INET;
my ($port, $path) = $ARGV[0] =~ m{:(\d+)(/.*)};
my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 2) or exit 1;
print $s "GET $path HTTP/1.0\r\n\r\n"; exit(<$s> =~ / 200 / ? 0 : 1);
