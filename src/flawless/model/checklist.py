"""The checklist's own lines: 68 boxes, 8 final items, and the actions that checks prove."""

from __future__ import annotations

from msgspec import Struct


class Line(Struct, frozen=True):
    """One line of the checklist."""

    item: str
    section: str
    text: str


def _section(code: str, title: str, *texts: str) -> list[Line]:
    return [Line(f"{code}.{number}", title, text) for number, text in enumerate(texts, 1)]


BOXES: tuple[Line, ...] = (
    *_section(
        "P1",
        "Code Quality",
        "All dependencies are up to date",
        "No security vulnerabilities in dependencies",
        "All warnings are resolved",
        "Code compiles successfully",
        "Database migrations are tested",
        "Environment variables are properly configured",
    ),
    *_section(
        "P2",
        "Docker Configuration",
        "Dockerfile is optimized for production",
        "Multi-stage build is working correctly",
        "Health checks are implemented",
        "Non-root user is configured",
        "Proper signal handling with dumb-init",
        "Resource limits are set",
    ),
    *_section(
        "P3",
        "Environment Variables",
        "DATABASE_URL is correctly formatted",
        "REDIS_URL is accessible",
        "JWT_SECRET is secure and unique",
        "RUST_LOG (or LOG_LEVEL) is set to appropriate level",
        "RUST_BACKTRACE (or its like) is enabled for debugging",
        "All required environment variables are present",
    ),
    *_section(
        "P4",
        "Network Configuration",
        "Database connectivity is tested",
        "Redis connectivity is tested",
        "Frontend can communicate with backend",
        "Nginx can proxy to backend",
        "No direct port exposure to internet",
    ),
    *_section(
        "V1",
        "Service Health",
        "All containers are running",
        "Health checks are passing",
        "No container restarts",
        "Resource usage is normal",
        "Logs show no errors",
    ),
    *_section(
        "V2",
        "Connectivity Tests",
        "Database connection established",
        "Redis connection established",
        "Backend API responding",
        "Frontend can reach backend",
        "Nginx can proxy requests",
    ),
    *_section(
        "V3",
        "Security Verification",
        "Containers running as non-root",
        "No direct port exposure",
        "Network isolation working",
        "SSL certificates valid",
        "Security headers present",
    ),
    *_section(
        "S1",
        "Container Security",
        "Running as non-root user",
        "No unnecessary capabilities",
        "Read-only filesystem where possible",
        "No secrets in environment variables",
        "Proper signal handling",
    ),
    *_section(
        "S2",
        "Network Security",
        "No direct port exposure",
        "Internal services isolated",
        "SSL/TLS encryption",
        "Proper firewall rules",
        "Rate limiting configured",
    ),
    *_section(
        "S3",
        "Application Security",
        "JWT tokens properly configured",
        "CORS settings appropriate",
        "Input validation implemented",
        "SQL injection prevention",
        "XSS protection enabled",
    ),
    *_section(
        "C1",
        "Deployment Success",
        "All containers start successfully",
        "No container restarts within 5 minutes",
        "Health checks pass consistently",
        "All endpoints respond correctly",
        "No error logs in first 10 minutes",
    ),
    *_section(
        "C2",
        "Performance",
        "Response times under 500ms",
        "Memory usage stable",
        "CPU usage normal",
        "No memory leaks detected",
        "Database queries optimized",
    ),
    *_section(
        "C3",
        "Security",
        "No security vulnerabilities",
        "All security headers present",
        "SSL certificates valid",
        "No unauthorized access possible",
        "Audit logs enabled",
    ),
)

_FINAL_TEXTS = (
    "Run all health checks",
    "Test all API endpoints",
    "Verify database connectivity",
    "Check resource usage",
    "Monitor logs for errors",
    "Test security measures",
    "Verify SSL certificates",
    "Check performance metrics",
)
FINALS: tuple[Line, ...] = tuple(
    Line(f"F{number}", "Final Verification", text) for number, text in enumerate(_FINAL_TEXTS, 1)
)

ACTIONS: tuple[Line, ...] = (
    *_section(
        "D1",
        "Container Management",
        "Stop existing containers gracefully",
        "Remove conflicting containers",
        "Clean up images",
    ),
    *_section("D2", "Build and Deploy", "Build fresh images", "Start services"),
    *_section(
        "D3",
        "Health Checks",
        "Check container status",
        "Test database connection",
        "Test Redis connection",
        "Test backend health endpoint",
    ),
    Line("I1", "Common Issues", "Container restarting"),
    Line("I2", "Common Issues", "Database connection issues"),
    Line("I3", "Common Issues", "Memory/CPU issues"),
    Line("E1", "Emergency Procedures", "Rollback"),
)

LINES: tuple[Line, ...] = (*BOXES, *FINALS, *ACTIONS)
