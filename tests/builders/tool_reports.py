"""What other languages, linters and build tools print of a failure."""

from __future__ import annotations

from tests.builders.report_kind import Kind

VITEST = """\
 RUN  v4.1.12 /workspace

stdout | tests/sum.test.ts > sum > noisy
Error: printed

⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  tests/sum.test.ts > sum > adds
AssertionError: expected 3 to be 4 // Object.is equality

- Expected
+ Received

- 4
+ 3

 ❯ tests/sum.test.ts:6:23
      5|   it("adds", () => {
      6|     expect(sum(1, 2)).toBe(4);
       |                       ^

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯

      Tests  1 failed | 1 passed (2)
   Duration  363ms
"""
JEST = """\
FAIL tests/sum.test.js
  sum
    ✕ adds (24 ms)

  ● sum › adds

    expect(received).toBe(expected) // Object.is equality

    Expected: 4
    Received: 3

      4 |   it("adds", () => {
    > 5 |     expect(sum(1, 2)).toBe(4);
        |                       ^

      at Object.toBe (tests/sum.test.js:5:23)

Tests:       1 failed, 1 passed, 2 total
Time:        2.521 s
"""
NODE = """\
/workspace/main.js:1
try { parse("{"); } catch (e) { throw new Error("bad config", { cause: e }); }
                                      ^

Error: bad config
    at load (/workspace/main.js:1:44)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)
    at node:internal/main/run_main_module:28:49 {
  [cause]: SyntaxError: Unexpected end of JSON input
      at JSON.parse (<anonymous>)
      at load (/workspace/main.js:1:12)
}

Node.js v20.20.2
"""
TAP = """\
TAP version 13
# Subtest: adds
not ok 1 - adds
  ---
  duration_ms: 2.428465
  location: '/workspace/main.js:3:1'
  error: |-
    Expected values to be strictly equal:

    2 !== 3

  code: 'ERR_ASSERTION'
  stack: |-
    TestContext.<anonymous> (/workspace/main.js:3:29)
    Test.run (node:internal/test_runner/test:796:25)
  ...
1..1
# fail 1
"""
ESLINT = """\

/workspace/src/a.js
  1:7   error    'x' is assigned a value but never used  no-unused-vars
  2:15  error    'go' is not defined                     no-undef

✖ 2 problems (2 errors, 0 warnings)
"""
RUFF = """\
F841 Local variable `y` is assigned to but never used
 --> a.py:6:5
  |
6 |     y = 1
  |     ^
  |
help: Remove assignment to unused variable `y`

Found 1 error.
"""
RUFF_JSON = """\
[
  {"code": "F821", "filename": "/workspace/a.py", "location": {"column": 12, "row": 7},
   "message": "Undefined name `total`"}
]
"""
MYPY = """\
pkg/a.py:5: error: Incompatible types in assignment (expression has type "File", variable has type
"Reader")  [assignment]
    r: Reader = File()
                ^~~~~~
pkg/a.py:5: note:         def read(self) -> str
Found 1 error in 1 file (checked 2 source files)
"""
JAVAC = """\
Main.java:4: error: cannot find symbol
        foo();
        ^
  symbol:   method foo()
  location: class Main
1 error
"""
RUST = """\
error[E0308]: mismatched types
 --> src/main.rs:2:18
  |
2 |     let x: i32 = "s";
  |            ---   ^^^ expected `i32`, found `&str`
  |            |
error: could not compile `shop` (bin "shop") due to 1 previous error
"""
PANIC = """\
thread 'tests::adds' (4711) panicked at src/lib.rs:5:9:
assertion `left == right` failed
  left: 2
 right: 3
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
GO = """\
panic: runtime error: index out of range [5] with length 1

goroutine 1 [running]:
main.f(...)
\t/workspace/main.go:4
main.main()
\t/workspace/main.go:8 +0x1d
exit status 2
"""
GO_TEST = """\
--- FAIL: TestSum (0.00s)
    a_test.go:7: got 2 want 3
FAIL
FAIL\tshop\t0.002s
"""
JAVA = """\
Exception in thread "main" java.lang.RuntimeException: bad
\tat Main.f(Main.java:2)
\tat Main.main(Main.java:4)
Caused by: java.lang.NumberFormatException: For input string: "x"
\tat java.base/java.lang.Integer.parseInt(Integer.java:668)
\tat Main.f(Main.java:2)
"""
NPM = """\
npm error Missing script: "deploy"
npm error
npm error To see a list of scripts, run:
npm error   npm run
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-28T18_00_24_250Z-debug-0.log
"""
PIP = """\
ERROR: Could not find a version that satisfies the requirement shop==99.1 (from versions: 0.1, 0.2)
ERROR: No matching distribution found for shop==99.1
"""
LOG = (
    "2026-11-28 12:00:00,123 [2304] ERROR store: cannot open /var/tmp/build-x8f2k1/sub/main.db after 3.2 s\n"
)

TOOL_KINDS = (
    Kind("vitest", VITEST, (("ts:6:23", "ts:16:23"), ("363ms", "2.1s"), ("Error: printed", "TypeError: x"),
                             ("5|", "15|"), ("6|", "16|")),
         (("- 4\n", "- 5\n"), ("> adds", "> sums"), ("3 to be 4", "3 to be 5"))),
    Kind("jest", JEST, (("js:5:23", "js:8:23"), ("> 5 |", "> 8 |"), ("24 ms", "7 ms"), ("FAIL ", " FAIL  ")),
         (("Expected: 4", "Expected: 5"), ("› adds", "› sums"))),
    Kind("node, an error with a cause", NODE, (("js:1:44", "js:7:44"), ("main.js:1\n", "main.js:7\n")),
         (("bad config", "no config"), ("end of JSON", "token in JSON"), ("at load", "at read"))),
    Kind("node, a thrown value", '/workspace/a.js:1\nthrow { code: 5 };\n^\n{ code: 5 }\n\nNode.js v20.2.0\n',
         (("js:1", "js:8"), ("v20.2.0", "v20.9.1")), (("{ code: 5 }", "{ code: 6 }"),)),
    Kind("node:test", TAP, (("js:3:29", "js:9:29"), ("js:3:1", "js:9:1"), ("2.428465", "1.1")),
         (("2 !== 3", "2 !== 4"), ("- adds", "- sums"))),
    Kind("eslint", ESLINT, (("  1:7 ", "  9:7 "), ("2:15", "10:15")),
         (("'go'", "'stop'"), ("no-undef", "no-undefined"), ("a.js", "b.js"), ("'x'", "'z'"))),
    Kind("ruff", RUFF, ((":6:5", ":16:5"), ("6 |", "16 |")),
         (("`y`", "`z`"), ("a.py", "b.py"), ("F841", "F842"))),
    Kind("ruff as JSON", RUFF_JSON, (('"row": 7', '"row": 70'),), (("`total`", "`sum`"), ("a.py", "b.py"))),
    Kind("mypy, wrapped", MYPY, (("a.py:5:", "a.py:50:"), ('type\n"Reader"', 'type "Reader"')),
         (("File()", "Pipe()"), ("[assignment]", "[arg-type]"), ("read(self)", "write(self)"))),
    Kind("javac", JAVAC, ((":4:", ":40:"),),
         (("method foo()", "method bar()"), ("class Main", "class Other"))),
    Kind("rustc", RUST, (("rs:2:18", "rs:8:18"), ("\n2 |", "\n8 |")), (("found `&str`", "found `bool`"),)),
    Kind("a panic in Rust", PANIC, (("rs:5:9", "rs:50:9"), ("4711", "99")), (("right: 3", "right: 4"),
                                                                          ("adds", "sums"))),
    Kind("a panic in Go", GO, (("main.go:4", "main.go:40"), ("+0x1d", "+0x2f")),
         (("range [5]", "range [6]"), ("main.f(", "main.g("))),
    Kind("go test", GO_TEST, (("go:7:", "go:17:"), ("0.00s", "0.02s"), ("0.002s", "1.3s")),
         (("want 3", "want 4"), ("TestSum", "TestAdd"))),
    Kind("java", JAVA, (("java:2)", "java:20)"), ("java:4)", "java:40)")),
         (("Exception: bad", "Exception: odd"), ('"x"', '"y"'), ("Main.f", "Main.g"))),
    Kind("npm", NPM, (("18_00_24_250Z", "18_02_11_001Z"),), (('"deploy"', '"deplyo"'),)),
    Kind("pip", PIP, (("0.1, 0.2", "0.1, 0.2, 0.3"),), (("shop==", "cart=="), ("99.1", "98.1"))),
    Kind("make", "make: *** [Makefile:4: build] Error 2\n", ((":4:", ":14:"),),
         (("build", "check"), ("Error 2", "Error 3")), 2),
    Kind("a line of a log", LOG, (("12:00:00,123", "13:11:10,001"), ("[2304]", "[99]"), ("x8f2k1", "q2w3e4"),
                                   ("3.2 s", "40 ms")),
         (("main.db", "spare.db"), ("sub/", "bus/"), ("cannot open", "cannot close"))),
    Kind("an assertion in C", "m: m.c:2: main: Assertion `x == 2' failed.\nAborted\n", (("c:2:", "c:20:"),),
         (("x == 2", "x == 3"),), 134),
    Kind("a tool that says nothing", "start 5815\n", (("5815", "77"),), (("start", "stop"),)),
)  # fmt: skip
