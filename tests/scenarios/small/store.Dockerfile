FROM debian:bookworm-slim
COPY web/server.pl edge/health.pl /app/
EXPOSE 8080
USER 10001:10001
HEALTHCHECK --interval=1s --timeout=60s --retries=10 --start-period=5s CMD ["perl", "/app/health.pl"]
CMD ["perl", "/app/server.pl"]
