"""CSV files hold the same records as a case file, and nothing in them is read by guessing."""

import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.toxmodels.any_case import CASES
from toxmodels import CaseError, load_case
from toxmodels.exchange.columns import sheets
from toxmodels.exchange.csv_files import cases_to_csv, read_csv_files

SAMPLES = sorted((Path(__file__).parent.parent.parent / "sample_data").glob("*/case.json"))
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
AT = "2026-03-03T08:00:00+00:00"
PATIENT = "patient\na\n"


def case_with(**rest):
    patient = {"id": "a", **rest.pop("patient", {})}
    return load_case(json.dumps({"format": "toxwatch-case/1", "patient": patient, **rest}))


def faults_of(files):
    with pytest.raises(CaseError) as caught:
        read_csv_files(files)
    return [str(fault) for fault in caught.value.faults]


def test_the_sample_cases_come_back_equal_and_in_order():
    cases = [load_case(path.read_bytes()) for path in SAMPLES]
    assert read_csv_files(cases_to_csv(cases)) == cases


@SLOW
@given(case=CASES)
@example(case=case_with())
@example(case=case_with(treatments=[], vitals=[]))
@example(case=case_with(vitals=[{"taken_at": AT, "vasopressors": []}, {"taken_at": AT}]))
@example(case=case_with(neuro=[{"taken_at": AT, "raised_icp": []}, {"taken_at": AT, "ice": {}}]))
@example(case=case_with(neuro=[{"taken_at": AT, "unable": "asleep"}]))
@example(case=case_with(neuro=[{"taken_at": AT, "unable": ["asleep"]}]))
@example(case=case_with(neuro=[{"taken_at": AT, "capd": {"items": [None, 0, 1, 2, 3, 4, 0, 0]}}]))
@example(case=case_with(labs=[{"taken_at": AT, "upper_limits": {}, "lower_limits": {"inr": 1e-7}}]))
@example(case=case_with(patient={"baseline_ice": 10}))
@example(case=case_with(patient={"baseline_ice": {"writing": 0}}))
@example(case=case_with(patient={"baseline_ice": {}, "conditions": [], "allergies": ["", "a;b"]}))
@example(case=case_with(therapy={"product": "blinatumomab", "doses": [], "infusions": None}))
@example(case=case_with(events=[{"at": AT, "kind": "concern", "what": "", "why": "=1+1\r\n'"}]))
def test_any_case_comes_back_equal(case):
    assert read_csv_files(cases_to_csv([case])) == [case]


def test_looked_and_found_none_differs_from_nobody_looked():
    none, unknown = case_with(treatments=[]), case_with()
    assert cases_to_csv([none]) != cases_to_csv([unknown])
    assert read_csv_files(cases_to_csv([none]))[0].treatments == ()
    assert read_csv_files(cases_to_csv([unknown]))[0].treatments is None


def test_two_people_in_the_same_files_are_two_cases():
    files = {
        "patient.csv": "patient\na\nb\n",
        "vitals.csv": f"patient,taken_at,heart_rate_bpm\nb,{AT},99\na,{AT},88\nb,{AT},98\n",
    }
    one, two = read_csv_files(files)
    assert [v.heart_rate_bpm for v in one.vitals] == [88]
    assert [v.heart_rate_bpm for v in two.vitals] == [99, 98]


def test_two_cases_with_one_id_are_not_written():
    with pytest.raises(CaseError, match='patient "a" is there twice'):
        cases_to_csv([case_with(), case_with(treatments=[])])


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_line_ends_and_empty_lines_do_not_matter(mark, end):
    text = end.join([f"{mark}patient,age_years", "", "a,41", "", ""])
    assert read_csv_files({"patient.csv": text.encode()})[0].patient.age_years == 41.0


def test_a_folder_and_a_zip_hold_the_same(tmp_path):
    case = load_case(SAMPLES[0].read_bytes())
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
        for name, text in cases_to_csv([case]).items():
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
            archive.writestr(name, text)
    (tmp_path / "read-me.txt").write_text("not a record")
    assert read_csv_files(tmp_path) == [case]
    assert read_csv_files(zipfile.Path(tmp_path / "case.zip")) == [case]


def test_a_spreadsheet_finds_no_formula():
    text = cases_to_csv([case_with(events=[{"at": AT, "kind": "concern", "what": "=2+2"}])])
    assert "'=2+2" in text["events.csv"]


CELLS = [
    ("038.6", '"038.6" is not a number (write it without leading zeros)'),
    ("1E5", '"1E5" is not a number (write all digits, without an exponent)'),
    ("NA", '"NA" is not a number (leave the cell empty where nothing was recorded)'),
    ("-", '"-" is not a number (leave the cell empty where nothing was recorded)'),
    ('"38,6"', '"38,6" is not a number (write 38.6 with a point)'),
    (" 38.6", '" 38.6" is not a number (write 38.6 without blanks)'),
    (".5", '".5" is not a number (leave the cell empty where nothing was recorded)'),
    ("٣٨", '"٣٨" is not a number (leave the cell empty where nothing was recorded)'),
    ("inf", '"inf" is not a number (leave the cell empty where nothing was recorded)'),
    ("101.3", "101.3 is impossible: the range is 25 to 45 °C (101.3 looks like °F; that is"),
]


@pytest.mark.parametrize(("cell", "fault"), CELLS)
def test_a_number_is_read_as_written_or_refused(cell, fault):
    files = {
        "patient.csv": PATIENT,
        "vitals.csv": f"patient,taken_at,temperature_c\na,{AT},38.6\na,{AT},{cell}\n",
    }
    (line,) = faults_of(files)
    assert line.startswith(f"vitals.csv:3:temperature_c: {fault}")


IDS = ("007", "1E5", "NA", "None", "null", "nan", "TRUE", "1.0", " 7", "3-4", "٣٨", "a;b", "0x1F")


def test_no_number_and_no_id_changes_in_silence(report):
    """A data frame's own reader, with its defaults, is the control: it changes most of them."""
    silent = control = 0
    for cell, _ in CELLS:
        files = {
            "patient.csv": PATIENT,
            "vitals.csv": f"patient,taken_at,temperature_c\na,{AT},{cell}\n",
        }
        try:
            read_csv_files(files)
        except CaseError:
            continue
        silent += 1
    for id_ in IDS:
        try:
            (case,) = read_csv_files({"patient.csv": f"patient\n{id_}\n"})
        except CaseError:
            pass
        else:
            silent += case.patient.id != id_
        read = pd.read_csv(io.StringIO(f"patient,x\n{id_},1\n"))
        control += str(read["patient"][0]) != id_
    report("P-32", n=len(CELLS) + len(IDS), bad=silent, control_bad=control)
    assert silent == 0
    assert control >= 5


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        ({}, ["patient.csv: there is no such file"]),
        ({"patient.csv": ""}, ["patient.csv: is empty"]),
        ({"patient.csv": b"\xff\xfe"}, ["patient.csv: not text in UTF-8 (byte 1)"]),
        ({"patient.csv": "id\na\n"}, ['patient.csv:1:header: there is no column "patient"',
                                     'patient.csv:1:id: unknown column "id"']),
        ({"patient.csv": "patient;age_years\na;41\n"},
         ["patient.csv:1:header: columns are separated by semicolons"]),
        ({"patient.csv": "patient,age_years,age_years\na,1,2\n"},
         ["patient.csv:1:age_years: this column stands twice"]),
        ({"patient.csv": "patient,age\na,41\n"},
         ['patient.csv:1:age: unknown column "age" (did you mean "age_years"?)']),
        ({"patient.csv": "patient,age_years\na\n"},
         ["patient.csv:2:row: has 1 cells, the header has 2"]),
        ({"patient.csv": 'patient\n"a\n'}, ["patient.csv:2:row: not CSV: "]),
        ({"patient.csv": "patient,age_years\n,41\n"}, ["patient.csv:2:patient: is empty"]),
        ({"patient.csv": "patient\na\nb\na\n"},
         ['patient.csv:4:patient: "a" has a row already, in line 2']),
        ({"patient.csv": "patient\na \n"}, ["patient.csv:2:patient: begins or ends with a blank"]),
        ({"patient.csv": PATIENT, "vital.csv": ""},
         ['vital.csv: is not a known file (did you mean "vitals.csv"?)']),
        ({"patient.csv": "patient\ndemo-01\n", "vitals.csv": f"patient,taken_at\ndemo-1,{AT}\n"},
         ['vitals.csv:2:patient: "demo-1" is not in patient.csv (did you mean "demo-01"?)']),
        ({"patient.csv": PATIENT, "vitals.csv": f"patient,taken_at\na,{AT}\na,2026-03-03 08:00\n"},
         ['vitals.csv:3:taken_at: "2026-03-03 08:00" has no offset from UTC']),
        ({"patient.csv": PATIENT, "vitals.csv": "patient,taken_at\na,\n"},
         ["vitals.csv:2:taken_at: is required and was not given"]),
        ({"patient.csv": PATIENT, "vitals.csv": f"patient,taken_at,hypotensive\na,{AT},yes\n"},
         ['vitals.csv:2:hypotensive: "yes" is not a yes or no (write true or false)']),
        ({"patient.csv": PATIENT, "vitals.csv": f"patient,taken_at,vasopressors\na,{AT},none\n"},
         ['vitals.csv:2:vasopressors: "none" is not a list']),
        ({"patient.csv": PATIENT,
          "vitals.csv": f'patient,taken_at,vasopressors\na,{AT},"[{{""drug"": ""dopamin""}}]"\n'},
         ['vitals.csv:2:vasopressors[0].drug: "dopamin" is not one of']),
        ({"patient.csv": PATIENT,
          "vitals.csv": f'patient,taken_at,vasopressors\na,{AT},"[{{""a"":1,""a"":2}}]"\n'},
         ["vitals.csv:2:vasopressors: [0].a stands twice"]),
        ({"patient.csv": PATIENT, "neuro.csv": f"patient,taken_at,ice.naming\na,{AT},2.5\n"},
         ['neuro.csv:2:ice.naming: "2.5" is not a whole number (write it without a decimal']),
        ({"patient.csv": PATIENT, "neuro.csv": f"patient,taken_at,ice\na,{AT},8\n"},
         ['neuro.csv:2:ice: "8" stands in a column for a whole record']),
        ({"patient.csv": "patient,baseline_ice,baseline_ice.year\na,10,1\n"},
         ['patient.csv:2:baseline_ice.year: "baseline_ice" is given as a whole and in parts']),
        ({"patient.csv": PATIENT, "doses.csv": f"patient,given_at\na,{AT}\n"},
         ['doses.csv:2:patient: "a" has no row in therapy.csv']),
        ({"patient.csv": PATIENT, "therapy.csv": "patient,product\na,Kymriah\n"},
         ['therapy.csv:2:product: unknown product "Kymriah"']),
        ({"patient.csv": PATIENT, "therapy.csv": "patient,product\na,blinatumomab\n",
          "infusions.csv": f"patient,started_at,rate_ug_day\na,{AT},-9\n"},
         ["infusions.csv:2:rate_ug_day: -9.0 is out of range: 0 or more"]),
        ({"patient.csv": 'patient,none_found\na,"[""treatment""]"\n'},
         ["patient.csv:2:none_found: 'treatment' is not one of vitals,"]),
        ({"patient.csv": 'patient,none_found\na,"[""treatments""]"\n',
          "treatments.csv": f"patient,given_at,drug\na,{AT},tocilizumab\n"},
         ['treatments.csv:2:patient: "a" has rows here, yet none_found says there are none']),
        ({"patient.csv": PATIENT, "treatments.csv": f"patient,given_at,drug\na,{AT},tocilizumb\n"},
         ['treatments.csv:2:drug: unknown drug "tocilizumb" (did you mean "tocilizumab"?)']),
        ({"patient.csv": PATIENT, "gradings.csv": f"patient,graded_at,scale,grade\na,{AT},xy,2.\n"},
         ['gradings.csv:2:grade: "2." is not a whole number']),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_column(files, faults):
    found = faults_of(files)
    assert len(found) == len(faults), found
    for line, start in zip(found, faults, strict=True):
        assert line.startswith(start)


def test_a_row_over_several_lines_is_counted_from_its_first():
    events = f'patient,at,kind,what\na,{AT},concern,"two\nlines"\na,{AT},died,\n'
    (line,) = faults_of({"patient.csv": PATIENT, "events.csv": events})
    assert line.startswith("events.csv:4:kind: ")


@given(
    name=st.sampled_from([*sheets(), "x.csv"]),
    content=st.text('patien,t"\n\r{}[]1.-', max_size=60) | st.binary(max_size=60),
)
def test_any_text_is_read_or_refused(name, content):
    try:
        read_csv_files({"patient.csv": PATIENT, name: content})
    except CaseError as refused:
        found = refused.faults
    else:
        found = None
    assert found is None or len({fault.path for fault in found}) == len(found) > 0
