/* One TCP connection from inside a network that only containers see.
 *
 *   relay tunnel SECONDS HOST PORT                 standard input and output become the connection
 *   relay reach  SECONDS HOST PORT [HOST PORT]...  connect only, all at once
 *   relay hold                                     repeats what it reads until standard input closes
 *
 * tunnel first writes the line "OUTCOME REASON"; bytes follow only after outcome 0. reach writes a
 * line "INDEX OUTCOME MILLISECONDS" for each pair, in the order in which they end. An outcome, and
 * tunnel's exit status, is one of: 0 open, 68 name not resolved, 69 not connected, 70 timed out. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 0, USAGE = 64, UNRESOLVED = 68, REFUSED = 69, LATE = 70, LINGER = 2, MOST = 24 };

static volatile sig_atomic_t stage; /* the outcome if the time is up now */
static int quiet;

static _Noreturn void end(int outcome, const char *why) {
    if (!quiet) dprintf(1, "%d %s\n", outcome, why);
    _exit(outcome);
}

static void late(int sign) {
    (void)sign;
    end(stage, stage == UNRESOLVED ? "Name does not resolve in time" : "Operation timed out");
}

static int dial(const char *host, const char *port, unsigned seconds) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int why = 0;
    stage = UNRESOLVED;
    signal(SIGALRM, late);
    alarm(seconds);
    if ((why = getaddrinfo(host, port, &hints, &found))) end(UNRESOLVED, gai_strerror(why));
    stage = LATE;
    for (struct addrinfo *at = found; at; at = at->ai_next) {
        int fd = socket(at->ai_family, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) == 0) return alarm(0), fd;
        why = errno;
        close(fd);
    }
    end(why == ETIMEDOUT ? LATE : REFUSED, strerror(why));
}

static int copy(int from, int to) {
    char block[16384];
    ssize_t got = read(from, block, sizeof block), put = 0;
    for (ssize_t done = 0; done < got; done += put)
        if ((put = write(to, block + done, got - done)) <= 0) return 0;
    return got > 0;
}

/* Ends when the peer does; after the caller went away the peer has LINGER seconds to do so. */
static void bridge(int fd) {
    struct pollfd ends[2] = {{0, POLLIN, 0}, {fd, POLLIN, 0}};
    stage = OPEN;
    quiet = 1;
    while (poll(ends, 2, -1) > 0) {
        if (ends[1].revents && !copy(fd, 1)) return;
        if (ends[0].revents && !copy(0, fd)) shutdown(fd, SHUT_WR), ends[0].fd = -1, alarm(LINGER);
    }
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void reach(int pairs, char **names, unsigned seconds) {
    pid_t children[MOST];
    long start = milliseconds();
    int status;
    quiet = 1;
    for (int i = 0; i < pairs; i++)
        if ((children[i] = fork()) == 0) dial(names[2 * i], names[2 * i + 1], seconds), _exit(OPEN);
    for (pid_t ended; (ended = wait(&status)) > 0;)
        for (int i = 0; i < pairs; i++)
            if (children[i] == ended) dprintf(1, "%d %d %ld\n", i, WEXITSTATUS(status), milliseconds() - start);
}

int main(int count, char **words) {
    int names = count - 3;
    unsigned seconds = count > 2 ? (unsigned)atoi(words[2]) : 0;
    signal(SIGPIPE, SIG_IGN);
    if (seconds && names == 2 && !strcmp(words[1], "tunnel")) {
        int fd = dial(words[3], words[4], seconds);
        dprintf(1, "0 open\n");
        bridge(fd);
    } else if (seconds && names > 0 && names % 2 == 0 && names / 2 <= MOST && !strcmp(words[1], "reach")) {
        reach(names / 2, words + 3, seconds);
    } else if (count == 2 && !strcmp(words[1], "hold")) {
        while (copy(0, 1)) {
        }
    } else {
        end(USAGE, "usage: relay tunnel|reach SECONDS HOST PORT, or relay hold");
    }
    return 0;
}
