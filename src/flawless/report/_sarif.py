"""The parts of SARIF 2.1.0 that are written here, under their names in the standard."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class _Part(Struct, frozen=True, rename="camel"):
    """A part whose fields are spelled as the standard spells them."""


class Message(_Part, frozen=True):
    """A text without markup."""

    text: str


class Help(_Part, frozen=True):
    """A rule's page, as plain text and as Markdown."""

    text: str
    markdown: str


class Configuration(_Part, frozen=True):
    """The level of a rule's failures."""

    level: str


class Tags(_Part, frozen=True):
    """Words by which results can be filtered."""

    tags: tuple[str, ...]


class Rule(_Part, frozen=True):
    """A check (``reportingDescriptor``)."""

    id: str
    short_description: Message
    full_description: Message
    help: Help
    default_configuration: Configuration
    properties: Tags
    help_uri: str | UnsetType = UNSET


class Driver(_Part, frozen=True):
    """The program that wrote the log (``toolComponent``)."""

    name: str
    version: str
    semantic_version: str
    rules: tuple[Rule, ...]


class Tool(_Part, frozen=True):
    """The tool of a run."""

    driver: Driver


class Region(_Part, frozen=True):
    """Lines and columns from 1; ``end_column`` is the first one that is not in it."""

    start_line: int
    start_column: int | UnsetType = UNSET
    end_line: int | UnsetType = UNSET
    end_column: int | UnsetType = UNSET


class Artifact(_Part, frozen=True):
    """Where a file is (``artifactLocation``)."""

    uri: str
    uri_base_id: str | UnsetType = UNSET


class PhysicalLocation(_Part, frozen=True):
    """A file, and a place in it where one is known."""

    artifact_location: Artifact
    region: Region | UnsetType = UNSET


class LogicalLocation(_Part, frozen=True):
    """The service or the stack that a result is about."""

    name: str
    fully_qualified_name: str
    kind: str = "resource"


class Location(_Part, frozen=True):
    """Of whom a result speaks, and where that is written."""

    logical_locations: tuple[LogicalLocation, ...]
    physical_location: PhysicalLocation | UnsetType = UNSET


class Suppression(_Part, frozen=True):
    """A waiver: ``inSource`` or ``external``."""

    kind: str
    justification: str
    status: str = "accepted"


class Content(_Part, frozen=True):
    """Text that is put in (``artifactContent``)."""

    text: str


class Replacement(_Part, frozen=True):
    """A region that gives way to a text."""

    deleted_region: Region
    inserted_content: Content


class ArtifactChange(_Part, frozen=True):
    """The replacements in one file."""

    artifact_location: Artifact
    replacements: tuple[Replacement, ...]


class Fix(_Part, frozen=True):
    """A change that takes a result away."""

    description: Message
    artifact_changes: tuple[ArtifactChange, ...]


class Result(_Part, frozen=True):
    """One finding."""

    rule_id: str
    kind: str
    level: str
    message: Message
    locations: tuple[Location, ...]
    partial_fingerprints: dict[str, str]
    suppressions: tuple[Suppression, ...] | UnsetType = UNSET
    fixes: tuple[Fix, ...] | UnsetType = UNSET


class RuleReference(_Part, frozen=True):
    """Names a check (``reportingDescriptorReference``)."""

    id: str


class Notification(_Part, frozen=True):
    """Something that the tool says of its own work, and of which check."""

    message: Message
    level: str
    associated_rule: RuleReference


class Invocation(_Part, frozen=True):
    """How the run ended."""

    execution_successful: bool
    exit_code: int
    exit_code_description: str
    tool_execution_notifications: tuple[Notification, ...]


class AutomationDetails(_Part, frozen=True):
    """What tells this run's series from others."""

    id: str


class Run(_Part, frozen=True):
    """One run of the tool; columns are counted in characters."""

    tool: Tool
    results: tuple[Result, ...]
    invocations: tuple[Invocation, ...]
    automation_details: AutomationDetails
    column_kind: str = "unicodeCodePoints"


class Log(_Part, frozen=True):
    """The whole document."""

    runs: tuple[Run, ...]
    schema: str = field(default=SCHEMA, name="$schema")
    version: str = "2.1.0"
