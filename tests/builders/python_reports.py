"""What Python and its test runners print of a failure."""

from __future__ import annotations

from tests.builders.report_kind import Kind

PYTEST = """\
============================= test session starts ==============================
collected 9 items

=================================== FAILURES ===================================
________________________ TestCart.test_total[values1-5] ________________________

self = <test_cart.TestCart object at 0x7f0002c9a090>

    def test_total(self):
>       assert total(values) == 123456.789
E       AssertionError: assert {'name': 'ann..., 2, 3]}, ...} == {'name': 'ann..., 2, 3]}, ...}
E
E         Omitting 4 identical items, use -vv to show
E         Differing items:
E         {'tags': ['x']} != {'tags': ['z']}
E         Use -v to get more diff

tests/test_cart.py:12: AssertionError
----------------------------- Captured stdout call -----------------------------
Error: printed
=========================== short test summary info ============================
FAILED tests/test_cart.py::TestCart::test_total[values1-5] - AssertionError
========================= 1 failed, 8 passed in 0.31s ==========================
"""
NATIVE = """\
=================================== FAILURES ===================================
__________________________________ test_load ___________________________________
Traceback (most recent call last):
  File "/workspace/tests/test_a.py", line 3, in test_load
    load()
  + Exception Group Traceback (most recent call last):
  |   File "/workspace/app/a.py", line 7, in load
  |     raise ExceptionGroup("all", found)
  | ExceptionGroup: all (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: one
    +---------------- 2 ----------------
    | KeyError: 'k'
    +------------------------------------
=========================== short test summary info ============================
FAILED tests/test_a.py::test_load - ExceptionGroup: all (2 sub-exceptions)
"""
XDIST = """\
=================================== FAILURES ===================================
____________________________________ test_a ____________________________________
[gw0] linux -- Python 3.11.7 /usr/bin/python3
t.py:2: in test_a
    assert f() == 2
E   assert 1 == 2
____________________________________ test_b ____________________________________
[gw1] linux -- Python 3.11.7 /usr/bin/python3
t.py:5: in test_b
    {}["k"]
E   KeyError: 'k'
=========================== short test summary info ============================
"""
XDIST_A, XDIST_B = (part for part in XDIST.split("_" * 36 + " ")[1:])
UNITTEST = """\
F
======================================================================
FAIL: test_a (tests.test_a.TestText.test_a)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/workspace/tests/test_a.py", line 5, in test_a
    self.assertEqual(text(), "a b", "texts")
AssertionError: 'a\\nb' != 'a\\nx'
  a
- b
+ x
 : texts

----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1)
"""
DOCTEST = """\
**********************************************************************
File "/workspace/app/sums.py", line 3, in sums.add
Failed example:
    add(1, 2)
Expected:
    4
Got:
    3
**********************************************************************
1 items had failures:
   1 of   2 in sums.add
***Test Failed*** 1 failures.
"""
VALIDATION = """\
Traceback (most recent call last):
  File "/workspace/main.py", line 8, in <module>
    User(a=1, b="x")
pydantic_core._pydantic_core.ValidationError: 2 validation errors for User
b
  Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]
    For further information visit https://errors.pydantic.dev/2.9/v/int_parsing
c
  Field required [type=missing, input_value={'a': 1}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.9/v/missing
"""
CHAIN = """\
Traceback (most recent call last):
  File "/workspace/main.py", line 3, in load
    return cfg["port"]
KeyError: 'port'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/workspace/main.py", line 5, in load
    raise ValueError("bad") from error
ValueError: bad

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/workspace/main.py", line 9, in <module>
    load({})
RuntimeError: no settings, choose from {'red', 'blue', 'green'}
"""
SYNTAX = """\
Traceback (most recent call last):
  File "/workspace/main.py", line 1, in <module>
    import lib
  File "/workspace/lib.py", line 12
    return 1 +
              ^
SyntaxError: invalid syntax
"""
NO_TRACEBACK = """\
/usr/lib/python3/site-packages/plugin.py:306: PytestDeprecationWarning: an option is unset.
F                                                                        [100%]
=========================== short test summary info ============================
FAILED test_a.py::test_a - KeyError: 'a'
1 failed in 0.01s
"""

PYTHON_KINDS = (
    Kind(
        "pytest, an assertion too long to be shown whole", PYTEST,
        ((":12:", ":99:"), ("0x7f0002c9a090", "0x7f0002c9a0ff"), ("0.31s", "2.30s"),
         ("Error: printed", "E   x"), ("8 passed", "12 passed"), ("_" * 24, "_")),
        (("['z']", "['w']"), ("values1-5", "values2-5"), ("TestCart", "TestShop"),
         ("123456.789", "123456.788")),
    ),
    Kind("pytest, a group", NATIVE, (("line 7", "line 70"), ("test_a.py\", line 3", "test_a.py\", line 4")),
         (("ValueError: one", "ValueError: two"), ("'k'", "'j'"), ("all (2", "some (2"))),
    Kind("pytest, side by side", XDIST,
         ((XDIST_A, "@"), (XDIST_B.partition("====")[0], XDIST_A), ("@", XDIST_B.partition("====")[0]),),
         (("'k'", "'j'"), ("1 == 2", "1 == 3"))),
    Kind("pytest, no tracebacks", NO_TRACEBACK, ((":306:", ":307:"), ("0.01s", "4.00s")),
         (("'a'\n", "'b'\n"), ("::test_a", "::test_b"))),
    Kind("unittest", UNITTEST, (("line 5", "line 50"), ("0.001s", "1.2s"), ("Ran 3", "Ran 7")),
         (("+ x", "+ y"), (": texts", ": words"), ("TestText", "TestWord"))),
    Kind("doctest", DOCTEST, (("line 3", "line 30"), ("1 of   2", "1 of   5")),
         (("    4", "    5"), ("    3", "    6"), ("(1, 2)", "(1, 1)"))),
    Kind("a validation error", VALIDATION, (("line 8", "line 80"), ("pydantic.dev/2.9", "pydantic.dev/2.14")),
         (("\nc\n", "\nd\n"), ("Field required", "Field forbidden"))),
    Kind("a chain", CHAIN, (("line 3", "line 33"), ("'red', 'blue'", "'blue', 'red'")),
         (("'port'", "'host'"), ("ValueError: bad", "ValueError: odd"), ("'green'", "'cyan'"))),
    Kind("bad syntax", SYNTAX, (("line 12", "line 3"), ("line 1,", "line 9,")),
         (("return 1 +", "return 1 *"), ("invalid syntax", "'(' was never closed"))),
)  # fmt: skip
