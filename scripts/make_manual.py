#!/usr/bin/env python3
"""Makes the manual pages and the shells' completions from what `omegate help --describe` prints.

usage: make_manual.py DESCRIPTION.json FOLDER
       writes omegate.1, omegate-sendmail.1, omegate.yaml.5, omegate.bash, _omegate (zsh) and omegate.fish into FOLDER
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def version():
    return re.search(r"project\(omegate VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]


def pages(verb, before=()):
    """Every verb that does something, with the words that lead to it."""
    for each in verb["verbs"]:
        yield (*before, each["name"]), each
        yield from pages(each, (*before, each["name"]))


# --- manual pages
def roff(text):
    """Text of ours as troff takes it: no line becomes a request, a minus is one that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("→", "\\(->")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def example(lines):
    return "\n".join([".EX", *(roff(line) for line in lines), ".EE"])


def shape(verb, words):
    parts = [f".B omegate {roff(' '.join(words))}"]
    for word in verb["words"]:
        name = word["name"].strip("[]") + (" ..." if word["repeats"] else "")
        parts.append(f".I {roff(name)}" if word["required"] else f".RI [ {roff(name).replace(' ', chr(92) + ' ')} ]")
    if verb["verbs"]:
        parts.append(".I VERB")
    return "\n".join(parts)


def option_lines(option):
    names = ", ".join("\\fB" + roff(name) + "\\fR" for name in option["names"])
    value = f" \\fI{roff(option['value'])}\\fR" if "value" in option else ""
    about = option["about"].rstrip(".")
    if "choices" in option and not all(choice in about for choice in option["choices"]):
        about += ": " + ", ".join(option["choices"])
    if option.get("default") not in (None, '""', "[]"):
        about += f" (default: {option['default']})"
    return f".TP\n{names}{value}\n{roff(about)}."


def verb_page(words, verb):
    own = [o for o in verb["options"] if o["names"][-1] not in ("--help", "--config", "--json", "--socket")]
    lines = [f".SS omegate {roff(' '.join(words))}", shape(verb, words), ".PP", roff(verb["about"]) + "."]
    for word in verb["words"]:
        lines.append(f".TP\n\\fI{roff(word['name'])}\\fR\n{roff(word['about'])}.")
    lines += [option_lines(option) for option in own]
    lines += notes(verb["notes"])
    return "\n".join(lines)


def notes(text):
    """A help page's end: paragraphs; "Examples:" and "First steps:" begin indented lines that stay as they are."""
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.split("\n")
        if not block:
            continue
        yield ".PP"
        if lines[0].endswith(":") and len(lines) > 1 and lines[1].startswith("  "):
            yield roff(lines[0])
            yield ".PP"
            yield example([line.strip() for line in lines[1:]])
        else:
            yield roff(" ".join(line.strip() for line in lines))


EXITS = (("0", "Done."), ("1", "Failed; standard error says why."), ("2", "Wrong usage."), ("3", "The gateway is not running."),
         ("4", "The message is stored, but held, refused or later than wanted; or the ledger does not verify."))
FILES = (("/etc/omegate/omegate.yaml", "The configuration, see omegate.yaml(5)."),
         ("/var/lib/omegate", "The database and the control socket."),
         ("/var/lib/omegate-anchor", "By this an old copy of the database is noticed. Never in a backup together with it."))


def manual(command):
    both = {o["names"][-1]: o for _, verb in pages(command) for o in verb["options"]}
    shared = [both[name] for name in ("--json", "--socket") if name in both]
    parts = [
        f'.\\" Made by scripts/make_manual.py from the help texts of the program.\n'
        f'.TH OMEGATE 1 "" "omegate {version()}" "User commands"',
        ".SH NAME\nomegate \\- OMEMO bot gateway for XMPP",
        ".SH SYNOPSIS\n.B omegate\n.RI [ options ]\n.I VERB\n.RI [ options ]",
        ".SH DESCRIPTION\n" + roff(command["about"]),
        ".B omegate run\nis the gateway; all other verbs prepare it or talk to the running one through its control socket.",
        ".SH VERBS",
        *(verb_page(words, verb) for words, verb in pages(command)),
        ".SH OPTIONS OF EVERY VERB",
        *(option_lines(option) for option in command["options"] + shared),
        ".SH EXIT STATUS",
        *(f".TP\n.B {code}\n{roff(text)}" for code, text in EXITS),
        ".SH FILES",
        *(f".TP\n.I {roff(path)}\n{roff(text)}" for path, text in FILES),
        ".SH SEE ALSO\n.BR omegate.yaml (5),\n.BR systemd.service (5)",
    ]
    return "\n".join(parts) + "\n"


def config_manual(example_file):
    """omegate.yaml(5): the commented example, one section for each key of the first level."""
    intro, blocks, comment, body = [], [], [], []

    def close():
        if body:
            blocks.append((list(comment), list(body)))
        comment.clear()
        body.clear()

    for line in example_file.splitlines():
        if not line.strip() and body and body[0].rstrip().endswith(":"):
            body.append("")  # within a section
        elif not line.strip() and not body:
            intro += comment  # a comment about nothing in particular
            comment.clear()
        elif not line.strip():
            close()
        elif line.startswith("#") and not body:
            comment.append(line[1:].strip())
        elif line.startswith("#"):
            close()
            comment.append(line[1:].strip())
        elif not line.startswith(" ") and body:
            close()
            body.append(line)
        else:
            body.append(line)
    close()
    parts = [f'.\\" Made by scripts/make_manual.py from config/omegate.yaml.\n.TH OMEGATE.YAML 5 "" "omegate {version()}" "File formats"',
             ".SH NAME\nomegate.yaml \\- the configuration of omegate",
             ".SH DESCRIPTION\nWithout\n.B \\-\\-config\nit is looked for in\n.BR $OMEGATE_CONFIG ,\n.IR /etc/omegate/omegate.yaml ,\n"
             ".IR ~/.config/omegate/omegate.yaml .",
             ".PP", *notes_of_comment(intro[1:]), ".SH KEYS"]
    for text, lines in blocks:
        while lines and not lines[-1]:
            lines.pop()
        parts += [f".SS {roff(lines[0].split(':')[0])}", *notes_of_comment(text), ".PP", example(lines)]
    parts.append(".SH SEE ALSO\n.BR omegate (1)")
    return "\n".join(parts) + "\n"


def notes_of_comment(lines):
    for paragraph in re.split(r"\n\n+", "\n".join(lines)):
        example_lines = [line for line in paragraph.split("\n") if re.match(r"\w+: \{", line)]
        words = " ".join(line for line in paragraph.split("\n") if line not in example_lines)
        if words.strip():
            yield roff(words)
        if example_lines:
            yield ".PP\n" + example(example_lines)
        yield ".PP"


def sendmail_manual(program):
    """omegate-sendmail(1): the text at the head of the program."""
    text = program.split('"""')[1].strip("\n")
    first, *rest = text.split("\n\n")
    parts = [f'.\\" Made by scripts/make_manual.py from deploy/omegate-sendmail.\n.TH OMEGATE-SENDMAIL 1 "" "omegate {version()}" "User commands"',
             ".SH NAME\nomegate\\-sendmail \\- " + roff(first[0].lower() + first[1:].rstrip(".")), ".SH DESCRIPTION"]
    for block in rest:
        lines = block.split("\n")
        parts.append(".PP\n" + (example([line.strip() for line in lines]) if lines[0].startswith("  ") else roff(block)))
    return "\n".join(parts + [".SH SEE ALSO\n.BR omegate (1)"]) + "\n"


# --- completions
def plain(text):
    return re.sub(r"[\"'`$\\\[\]]", "", text.split(". ")[0]).replace(":", ",").rstrip(".")


def names_of(verb):
    return [name for option in verb["options"] for name in option["names"]]


def bash(command):
    cases = []
    everything = [((), command), *pages(command)]
    for words, verb in everything:
        offers = [each["name"] for each in verb["verbs"]] + names_of(verb) + [n for n in names_of(command) if words]
        cases.append(f'    "{" ".join(words)}") offers="{" ".join(dict.fromkeys(offers))}" ;;')
    values = {}
    for _, verb in everything:
        for option in verb["options"]:
            if "value" in option:
                what = f'COMPREPLY=($(compgen -W "{" ".join(option["choices"])}" -- "$cur"))' if "choices" in option else \
                    'COMPREPLY=($(compgen -f -- "$cur"))' if option["value"] in ("FILE", "PATH", "FOLDER") else "COMPREPLY=()"
                values[option["names"][-1]] = what
    lines = [f'    {name}) {what}; return ;;' for name, what in values.items()]
    return "\n".join([
        "# bash completion for omegate. Made by scripts/make_manual.py from the program's own description.",
        "_omegate() {",
        '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb="" word offers=""',
        '  case $prev in', *lines, "  esac",
        '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
        '    case "${verb:+$verb }$word" in', "      " + " | ".join(f'"{" ".join(w)}"' for w, _ in pages(command)) + ')',
        '        verb="${verb:+$verb }$word" ;;', "    esac", "  done",
        '  case $verb in', *cases, "  esac",
        '  COMPREPLY=($(compgen -W "$offers" -- "$cur"))', "}", "complete -F _omegate omegate", ""])


def zsh_option(option):
    value = ""
    if "value" in option:
        how = "(" + " ".join(option["choices"]) + ")" if "choices" in option else \
            "_files" if option["value"] in ("FILE", "PATH", "FOLDER") else " "
        value = f":{plain(option['value']).lower()}:{how}"
    return [f"'{'*' if option['repeats'] else ''}{name}[{plain(option['about'])}]{value}'" for name in option["names"]]


def zsh(command):
    shared = [text for option in command["options"] for text in zsh_option(option)]
    lines = ["#compdef omegate", "# Made by scripts/make_manual.py from the program's own description.", "",
             "_omegate() {", "  local verb word", "  local -a offers", '  for word in "${(@)words[2,CURRENT-1]}"; do',
             '    case "${verb:+$verb }$word" in',
             "      " + "|".join(f'"{" ".join(w)}"' for w, _ in pages(command)) + ') verb="${verb:+$verb }$word" ;;',
             "    esac", "  done", '  case "$verb" in']
    for words, verb in [((), command), *pages(command)]:
        own = [text for option in verb["options"] for text in zsh_option(option)]
        every = list(dict.fromkeys(own + shared))
        lines.append(f'    "{" ".join(words)}")')
        if verb["verbs"]:
            listed = " ".join(f"'{each['name']}:{plain(each['about'])}'" for each in verb["verbs"])
            lines += [f"      offers=({listed})", '      [[ $words[CURRENT] == -* ]] || _describe verb offers']
        lines.append("      _arguments -S : " + " ".join(every) + (" '*:: :'" if verb["verbs"] else " '*:word: '") + " ;;")
    return "\n".join(lines + ["  esac", "}", "", '_omegate "$@"', ""])


def fish(command):
    lines = ["# Made by scripts/make_manual.py from the program's own description.", "complete -c omegate -f"]
    for words, verb in [((), command), *pages(command)]:
        if words:
            seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words)
        else:
            seen = "__fish_use_subcommand"
        below = " ".join(each["name"] for each in verb["verbs"])
        for each in verb["verbs"]:
            when = seen if not words else f"{seen}; and not __fish_seen_subcommand_from {below}"
            lines.append(f"complete -c omegate -n '{when}' -a {each['name']} -d '{plain(each['about'])}'")
        for option in verb["options"]:
            flags = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in option["names"])
            value = "" if "value" not in option else \
                f" -x -a '{' '.join(option['choices'])}'" if "choices" in option else \
                " -r -F" if option["value"] in ("FILE", "PATH", "FOLDER") else " -x"
            when = f" -n '{seen}'" if words else ""
            lines.append(f"complete -c omegate{when} {flags}{value} -d '{plain(option['about'])}'")
    return "\n".join(lines) + "\n"


def main(description, folder):
    command = json.loads(pathlib.Path(description).read_text(encoding="utf-8"))
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    example_file = (ROOT / "config/omegate.yaml").read_text(encoding="utf-8")
    sendmail = (ROOT / "deploy/omegate-sendmail").read_text(encoding="utf-8")
    for name, text in (("omegate-sendmail.1", sendmail_manual(sendmail)), ("omegate.yaml.5", config_manual(example_file)), ("omegate.bash", bash(command)),
                       ("_omegate", zsh(command)), ("omegate.fish", fish(command)), ("omegate.1", manual(command))):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
