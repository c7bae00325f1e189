"""Settings: where they come from, what they become, and what a person is told about a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archon.domain.errors import ConfigurationError
from archon.setting_kinds import Secret
from archon.settings import Settings, load_settings, lookalikes, variables

WriteDotenv = Callable[[str], None]


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dotenv(working_directory: Path) -> WriteDotenv:
    def write(text: str) -> None:
        (working_directory / ".env").write_text(text, "utf-8")

    return write


def fault_of(environ: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_nothing_set_gives_the_defaults() -> None:
    assert load_settings({}) == Settings()


@pytest.mark.parametrize("user", ["me:pass@", "me@", ":pass@", "@"])
def test_an_address_has_no_user_where_a_key_is_sent_the_same_way(user: str) -> None:
    fault = fault_of({"OPENAI_BASE_URL": f"https://{user}models.example/v1"})
    assert "OPENAI_BASE_URL" in fault and "in the place of the key" in fault
    assert "pass@" not in fault


def test_an_address_may_have_a_user_where_the_key_has_a_header_of_its_own() -> None:
    url = "https://me:pass@models.example"
    settings = load_settings({"ANTHROPIC_BASE_URL": url, "OLLAMA_HOST": url})
    assert (settings.anthropic_base_url, settings.ollama_host) == (url, url)


def test_the_budget_is_money_in_micro_dollars() -> None:
    settings = load_settings({"MAX_TASK_BUDGET_USD": "1.10"})
    assert settings.max_task_budget_usd == Decimal("1.10")
    assert settings.max_task_budget_microusd == 1_100_000


def test_the_environment_wins_over_dotenv(dotenv: WriteDotenv) -> None:
    dotenv("MAX_ITERATIONS=7\nMAX_CONCURRENT_TASKS=9\n")
    settings = load_settings({"MAX_ITERATIONS": "4"})
    assert (settings.max_iterations, settings.max_concurrent_tasks) == (4, 9)


@pytest.mark.parametrize("name", sorted(variables()))
def test_an_empty_value_counts_as_none(name: str, dotenv: WriteDotenv) -> None:
    dotenv(f"{name}=\n")
    assert load_settings({name: " "}) == Settings()


def test_an_empty_variable_leaves_the_word_to_dotenv(dotenv: WriteDotenv) -> None:
    dotenv("MODEL_CODER=ollama/gemma:2b\n")
    assert load_settings({"MODEL_CODER": ""}).model_coder == "ollama/gemma:2b"


def test_names_count_in_any_case_and_capitals_win() -> None:
    assert load_settings({"max_iterations": "4"}).max_iterations == 4
    assert load_settings({"max_iterations": "4", "MAX_ITERATIONS": "5"}).max_iterations == 5


def test_variables_of_other_programs_are_left_alone(dotenv: WriteDotenv) -> None:
    dotenv("SOMETHING_ELSE=1\n")
    assert load_settings({"PATH": "/usr/bin"}) == Settings()


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("MODEL_CODER=gpt-4o", "gpt-4o"),
        ("export MODEL_CODER = gpt-4o  # the coder", "gpt-4o"),
        ("MODEL_CODER='manual/my answers #1'  # a person", "manual/my answers #1"),
        ('MODEL_CODER="gpt-4o"', "gpt-4o"),
        ("MODEL_CODER=a#b=c", "a#b=c"),
        ("MODEL_CODER= # none", None),
        ("  # MODEL_CODER=gpt-4o", None),
        ("\ufeffMODEL_CODER=gpt-4o\r", "gpt-4o"),
    ],
)
def test_lines_of_dotenv_are_read_as_people_write_them(
    line: str, model: str | None, dotenv: WriteDotenv
) -> None:
    dotenv(f"{line}\n\n")
    assert load_settings({}).model_coder == model


@pytest.mark.parametrize(
    "line", ["sk-ant-lonely", "=sk-ant-lonely", "API_KEY='sk-ant-lonely", 'API_KEY="sk" lonely']
)
def test_a_line_of_dotenv_that_is_none_is_named_by_number_and_not_shown(
    line: str, dotenv: WriteDotenv
) -> None:
    dotenv(f"# mine\n{line}\n")
    fault = fault_of({})
    assert "Line 2 of .env" in fault
    assert "NAME=value" in fault
    assert "lonely" not in fault


def test_a_dotenv_that_is_not_text_is_said_to_be_so(working_directory: Path) -> None:
    (working_directory / ".env").write_bytes(b"API_KEY=\xff\xfe")
    assert ".env cannot be read: it is not UTF-8 text." in fault_of({})


def test_a_folder_named_dotenv_is_no_settings_file(working_directory: Path) -> None:
    (working_directory / ".env").mkdir()
    assert load_settings({}) == Settings()


WRONG = {
    "MAX_ITERATIONS": ["three", "0", "101", "2.5", "-1"],
    "MAX_TASK_BUDGET_USD": ["a dollar", "-0.01", "nan", "inf", "1000001", "$1"],
    "MAX_CONCURRENT_TASKS": ["0", "1e3"],
    "MAX_QUEUED_TASKS": ["-1"],
    "LLM_MAX_RETRIES": ["-1", "many"],
    "LLM_RETRY_BASE_DELAY": ["nan", "-5", "5s"],
    "ARCHON_LEASE_SECONDS": ["0", "inf"],
    "SANDBOX_TIMEOUT_SECONDS": ["0", "1 hour"],
    "ARCHON_UNSAFE_NO_SANDBOX": ["maybe", "2"],
    "CORS_ORIGINS": ["ftp://a.example", "http://a.example/path", "a b"],
    "CORS_ALLOWED_ORIGINS": ["://"],
    "MODEL_CODER": ["gpt\x07"],
    "LOCAL_OUTPUT_DIR": ["~no-such-user-here/x"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_value_is_one_line_with_name_value_and_cure(name: str, text: str) -> None:
    fault = fault_of({name: text})
    assert fault.startswith(f"{name} from the environment is {text!r}. Write ")


def test_the_fault_of_a_value_in_dotenv_says_so(dotenv: WriteDotenv) -> None:
    dotenv("MAX_ITERATIONS=three")
    assert fault_of({}).startswith("MAX_ITERATIONS from .env is 'three'.")


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "API_KEY"])
@pytest.mark.parametrize("text", ["hunter2 hunter2", "hunter2é", "hunter2\nhunter2"])
def test_the_fault_of_a_secret_never_shows_it(name: str, text: str) -> None:
    fault = fault_of({name: text})
    assert fault.startswith(f"{name} from the environment cannot be used")
    assert "hunter2" not in fault


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST"])
@pytest.mark.parametrize("text", ["ftp://u:hunter2@x", "http://", "http://u:hunter2@x:99999", "http://x y"])
def test_the_fault_of_an_address_never_shows_its_password(name: str, text: str) -> None:
    fault = fault_of({name: text})
    assert fault.startswith(f"{name} from the environment cannot be used")
    assert "hunter2" not in fault


def test_a_secret_prints_as_stars_and_tells_its_value_when_asked() -> None:
    settings = load_settings({"ANTHROPIC_API_KEY": "sk-ant-1", "API_KEY": "door"})
    assert "sk-ant-1" not in f"{settings} {settings!r} {settings.anthropic_api_key}"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "door"


def test_only_the_providers_that_have_a_key_are_listed() -> None:
    settings = load_settings({"GROQ_API_KEY": "g", "ANTHROPIC_API_KEY": "", "API_KEY": "door"})
    assert settings.provider_keys == {"groq": Secret("g")}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://ollama.example:1234/", "http://ollama.example:1234"),
        ("https://ollama.example", "https://ollama.example"),
        ("ollama.example", "http://ollama.example:11434"),
        ("10.0.0.7:80", "http://10.0.0.7:80"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":7000", "http://127.0.0.1:7000"),
        ("[::]:7000", "http://[::1]:7000"),
    ],
)
def test_the_ollama_host_may_be_what_ollama_itself_takes(text: str, address: str) -> None:
    assert load_settings({"OLLAMA_HOST": text}).ollama_host == address


def test_an_origin_without_a_scheme_means_http() -> None:
    settings = load_settings({"CORS_ORIGINS": "localhost:3000, https://app.example ,*"})
    assert settings.cors_origins == ("http://localhost:3000", "https://app.example", "*")
    assert load_settings({"CORS_ORIGINS": "localhost:3000,localhost:5173"}) == Settings()


def test_the_second_name_of_a_variable_serves_where_the_first_is_missing(dotenv: WriteDotenv) -> None:
    dotenv("CORS_ALLOWED_ORIGINS=https://second.example")
    assert load_settings({}).cors_origins == ("https://second.example",)
    both = {"CORS_ORIGINS": "https://first.example", "CORS_ALLOWED_ORIGINS": "https://second.example"}
    assert load_settings(both).cors_origins == ("https://first.example",)


def test_folders_become_absolute_from_the_working_directory(working_directory: Path) -> None:
    settings = load_settings({"LOCAL_OUTPUT_DIR": "./a/../out", "ARCHON_DATA_DIR": "~/data"})
    assert settings.local_output_dir == working_directory / "out"
    assert settings.archon_data_dir == Path.home() / "data"


def test_the_data_directory_follows_xdg_unless_it_is_named(working_directory: Path) -> None:
    assert load_settings({}).archon_data_dir == Path.home() / ".local/share/archon"
    assert load_settings({"XDG_DATA_HOME": "/srv/data"}).archon_data_dir == Path("/srv/data/archon")
    assert load_settings({"XDG_DATA_HOME": "relative"}).archon_data_dir == Settings().archon_data_dir
    named = {"XDG_DATA_HOME": "/srv/data", "ARCHON_DATA_DIR": "here"}
    assert load_settings(named).archon_data_dir == working_directory / "here"


def test_output_may_go_below_the_named_roots_or_else_the_usual_folder() -> None:
    assert load_settings({"LOCAL_OUTPUT_DIR": "/out"}).output_roots == (Path("/out"),)
    roots = load_settings({"LOCAL_OUTPUT_DIR": "/out", "ARCHON_OUTPUT_ROOTS": "/a:/b:"}).output_roots
    assert roots == (Path("/a"), Path("/b"))


@given(st.sampled_from(sorted(variables())), st.text())
@example("MAX_TASK_BUDGET_USD", "1e999999999")
@example("OLLAMA_HOST", "[")
def test_any_text_is_a_setting_or_a_clear_fault(name: str, text: str) -> None:
    try:
        load_settings({name: text})
    except ConfigurationError as error:
        assert error.message.startswith(f"{name} from the environment ")


@pytest.mark.parametrize(
    "line",
    [
        "ARCHON_UNSAFE_NO_SANDBOX=1",
        "archon_unsafe_no_sandbox=1",
        "ARCHON_SANDBOX_ALLOW=example.com:443",
        "ARCHON_SANDBOX_PACKAGES=allow",
        "ARCHON_SANDBOX_PROVIDER=podman",
    ],
)
def test_what_opens_sandboxes_does_not_count_in_a_file(dotenv: WriteDotenv, line: str) -> None:
    dotenv(line)
    name, _, value = line.partition("=")
    with pytest.raises(ConfigurationError, match="does not count"):
        load_settings({})
    assert load_settings({name.upper(): value})


def test_its_default_may_stand_in_a_file(dotenv: WriteDotenv) -> None:
    dotenv("ARCHON_UNSAFE_NO_SANDBOX=0\nARCHON_SANDBOX_PROVIDER=auto\nARCHON_SANDBOX_ALLOW=\n")
    assert load_settings({}) == Settings()


def test_names_that_nearly_are_variables_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("MODEL_BAKEND=gpt-4o\nMODEL_QA=gpt-4o\nMODEL_DIR=/srv\n")
    environ = {"ANTHROPIC_API_KEYS": "k", "HOME": "/root", "PATH": "/bin", "ANTHROPIC_API_KEY": "k"}
    assert lookalikes(environ) == {
        "ANTHROPIC_API_KEYS": "ANTHROPIC_API_KEY",
        "MODEL_BAKEND": "MODEL_BACKEND",
    }


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("MODEL_LLM_PARAMS", "{oops", "MODEL_LLM_PARAMS from the environment cannot be used: it is not JSON"),
        ("MODEL_LLM_PARAMS", '{"gpt-": {"stream": false}}', "'stream' of 'gpt-' cannot be set"),
        ("AGENT_LLM_PARAMS", '{"planer": {}}', "there is no agent 'planer' (did you mean planner?)"),
        ("AGENT_LLM_PARAMS", '{"fallback": {}}', "there is no agent 'fallback'"),
    ],
)
def test_parameters_that_cannot_be_used_are_told_at_the_start(variable: str, text: str, said: str) -> None:
    assert said in fault_of({variable: text})


def test_agents_may_be_called_by_either_name() -> None:
    text = '{"code_reviewer": {"response_format": {"type": "json_object"}}, "qa": {"temperature": 0.1}}'
    assert load_settings({"AGENT_LLM_PARAMS": text}).agent_llm_params == {
        "reviewer": {"response_format": {"type": "json_object"}},
        "qa": {"temperature": 0.1},
    }
