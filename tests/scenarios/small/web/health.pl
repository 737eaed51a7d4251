use IO::Socket::INET;
my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1:8080', Timeout => 2) or exit 1;
print $s "GET /health HTTP/1.0\r\n\r\n"; exit(<$s> =~ / 200 / ? 0 : 1);
