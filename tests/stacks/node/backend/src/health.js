const answer = await fetch("http://127.0.0.1:8081/health", { signal: AbortSignal.timeout(2000) });
process.exit(answer.ok ? 0 : 1);
