"""The approved templates, and how one is checked and rendered (section A2)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.bodies import JsonObject
from sandbox.whatsapp.errors import GraphError

VARIABLE = re.compile(r"\{\{(\d+)\}\}")
FORBIDDEN_SPACE = re.compile(r"[\n\t]| {5,}")


@dataclass(frozen=True, slots=True)
class Template:
    """One approved translation; its variables are those that its body names."""

    name: str
    language: str
    category: str
    body: str

    @property
    def variables(self) -> int:
        """How many body parameters it takes."""
        return len(set(VARIABLE.findall(self.body)))

    def render(self, parameters: Sequence[str]) -> str:
        """What the person reads."""
        return VARIABLE.sub(lambda found: parameters[int(found[1]) - 1], self.body)


Catalogue = dict[tuple[str, str], Template]


def read_catalogue(path: Path) -> Catalogue:
    """The templates of a JSON file, by name and language."""
    rows = json.loads(path.read_text(encoding="utf-8"))["templates"]
    templates = [Template(**row) for row in rows]
    return {(template.name, template.language): template for template in templates}


def choose(catalogue: Catalogue, given: JsonObject) -> tuple[Template, list[str]]:
    """The template that the request names, with its parameters.

    Raises `GraphError` 131008, 132000, 132001, 132012 or 100.
    """
    name, language = given.get("name"), _object(given.get("language")).get("code")
    if not name or not language:
        raise GraphError(131008, "template.name and template.language.code are required")
    template = catalogue.get((str(name), str(language)))
    if template is None:
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")
    parameters = _body_parameters(given.get("components", []))
    if len(parameters) != template.variables:
        raise GraphError(
            132000,
            f"body: number of localizable_params ({len(parameters)}) does not match the expected"
            f" number of params ({template.variables})",
        )
    return template, parameters


def _body_parameters(components: object) -> list[str]:
    if not isinstance(components, list):
        raise GraphError(100, "Param template['components'] must be an array")
    texts: list[str] = []
    for component in map(_object, components):
        if component.get("type") != "body":
            raise GraphError(132012, f"the template has no {component.get('type')} component")
        texts += [_text_of(_object(given)) for given in component.get("parameters", [])]
    return texts


def _text_of(parameter: JsonObject) -> str:
    text = parameter.get("text")
    if parameter.get("type") != "text" or "parameter_name" in parameter:
        raise GraphError(132012, "body: expected positional parameters of type text")
    if not isinstance(text, str) or not text:
        raise GraphError(131008, "Parameter of type text is missing text value")
    if FORBIDDEN_SPACE.search(text):
        raise GraphError(
            100,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )
    return text


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}
