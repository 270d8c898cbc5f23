"""
Nothing missing is read as normal: the source is searched for the ways to get that wrong.

``if vitals.spo2_percent`` is false for "not recorded" and for 0 alike, and
``if vitals.hypotensive`` takes "nobody looked" for "no". Both must be asked with ``is None``.
"""

import ast
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from tests.health.tree import modules
from toxmodels import records

UNIT_ENDINGS = (
    *("_c", "_mmhg", "_bpm", "_percent", "_l_min", "_kg", "_cm", "_mg", "_ug", "_ml", "_years"),
    *("_mg_l", "_ug_l", "_pg_ml", "_per_ul", "_u_l", "_umol_l", "_mmol_l", "_g_l", "_g_dl"),
    *("_ug_min", "_ug_kg_min", "_units_min", "_ug_day", "_duration_min"),
)
# Lists where "looked, found none" and "nobody looked" differ in a grade.
LOOKED_FOR = {"vasopressors", "raised_icp", "treatments"}


def _choices(annotation: Any) -> set[Any]:
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        return {part for option in get_args(annotation) for part in _choices(option)}
    return {annotation}


def _measured_fields() -> set[str]:
    """Names of every nullable number or yes/no of the case file."""
    models = [
        model
        for model in vars(records).values()
        if isinstance(model, type) and issubclass(model, BaseModel)
    ]
    return LOOKED_FOR | {
        name
        for model in models
        for name, field in model.model_fields.items()
        if type(None) in _choices(field.annotation)
        and _choices(field.annotation) & {int, float, bool}
    }


MEASURED = _measured_fields()


def _name(node: ast.expr) -> str | None:
    """The measurement that an expression reads, if it reads one."""
    match node:
        case ast.Attribute(attr=name) if name in MEASURED:
            return name
        case ast.Name(id=name) | ast.Attribute(attr=name) if (
            name.endswith(UNIT_ENDINGS) and not name.startswith("per_")  # a way of dosing
        ):
            return name
        case (
            ast.Subscript(slice=ast.Constant(value=str(name)))
            | ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_])
        ) if name in MEASURED:
            return name
    return None


def _asked(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of a condition whose own truth is asked."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _asked(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _asked(operand)
        case _:
            yield node


def _conditions(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
                yield from _asked(node.test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from _asked(test)
            case ast.match_case(guard=ast.expr() as guard):
                yield from _asked(guard)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield from _asked(operand)
            case ast.BoolOp(op=ast.Or(), values=[first, ast.Tuple(elts=[])]) if (
                _name(first) == "treatments"
            ):
                pass  # "each treatment there is": whether there is a list is asked elsewhere
            case ast.BoolOp(values=values):
                for value in values[:-1]:
                    yield from _asked(value)
            case ast.Call(func=ast.Name(id="bool"), args=[argument]):
                yield from _asked(argument)


def _rooms(tree: ast.Module) -> Iterator[ast.AST]:
    """Each function whole, then what stands outside all of them."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    yield from functions
    yield from (part for owner in classes for part in owner.body)
    rest = [node for node in tree.body if node not in functions and node not in classes]
    yield ast.Module(body=rest, type_ignores=[])


def _asked_for_none(room: ast.AST) -> set[str]:
    """Measurements that are asked ``is None`` in a room: there the question of truth is honest."""
    return {
        name
        for node in ast.walk(room)
        if isinstance(node, ast.Compare)
        and all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops)
        and (name := _name(node.left)) is not None
    }


def _faults(place: str, tree: ast.Module) -> set[str]:
    return {
        f"{place}:{part.lineno}: asks whether {name} is true; ask `is None` first, or `is True`"
        for room in _rooms(tree)
        for cleared in [_asked_for_none(room)]
        for part in _conditions(room)
        if (name := _name(part)) is not None and name not in cleared
    }


def test_no_measurement_is_asked_whether_it_is_true():
    faults = [
        fault
        for place, tree in modules("toxmodels", "dashboard")
        for fault in sorted(_faults(place, tree))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "source",
    [
        "if vitals.temperature_c: pass",
        "x = flow_l_min or 0.0",
        "x = 1 if not vitals.hypotensive else 2",
        "x = [v for v in sets if v.spo2_percent and v.oxygen]",
        "x = row.get('heart_rate_bpm') or 0",
        "x = row['weight_kg'] or 70",
        "x = bool(vitals.fluid_for_hypotension)",
        "while ready and exam.raised_icp: pass",
        "if case.treatments: pass",
        "x = vitals.vasopressors or ()",
        "def f(v):\n    return v.rigors is None\ndef g(v):\n    return 1 if v.rigors else 0",
    ],
)
def test_the_search_finds_the_fault(source):
    assert _faults("example", ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "if vitals.temperature_c is None: pass",
        "if vitals.hypotensive is True: pass",
        "if temperature_c >= FEVER_C: pass",
        "x = vitals.oxygen or baseline",
        "for given in case.treatments or (): pass",
        "x = 'not known' if v.rigors is None else ('yes' if v.rigors else 'no')",
        "if vitals is not None and vitals.hypotensive is not None: pass",
    ],
)
def test_the_search_leaves_honest_questions_alone(source):
    assert not _faults("example", ast.parse(source))


def test_the_screen_judges_no_measurement():
    ordered = ast.Lt | ast.LtE | ast.Gt | ast.GtE
    faults = [
        f"{place}:{node.lineno}: compares a measurement with a number; limits live in toxmodels"
        for place, tree in modules("dashboard")
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ordered) for operator in node.ops)
        and any(_name(part) for part in (node.left, *node.comparators))
        and any(
            isinstance(part, ast.Constant) and isinstance(part.value, int | float)
            for part in (node.left, *node.comparators)
        )
    ]
    assert not faults, "\n".join(faults)
