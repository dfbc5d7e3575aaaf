// Completion scripts, made from the table of commands.

import type { Command, Flag } from "./command.ts";
import { globalFlags } from "./flags.ts";
import { spellings } from "./parse-arguments.ts";

/** For ~/.bashrc: `source <(pinfold completion bash)`. */
export function bashCompletion(commands: readonly Command[]): string {
  const cases = commands.map(
    (command) =>
      `    ${JSON.stringify(command.name)}) words=${quote(flagWords(command).join(" "))} ;;`,
  );
  const groups = groupsOf(commands).map(
    ([first, rest]) => `    ${first}) words=${quote(rest.join(" "))} ;;`,
  );
  return `# bash completion of pinfold: source <(pinfold completion bash)
_pinfold() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=() command= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command="\${command:+$command }$word" ;; esac
  done
  case $command in
    "") words=${quote(topWords(commands).join(" "))} ;;
${groups.join("\n")}
${cases.join("\n")}
    *) words=${quote(globalFlags.flatMap(spellings).join(" "))} ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [ "\${#COMPREPLY[@]}" = 0 ]; then mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -o filenames -F _pinfold pinfold
`;
}

/** For a file `_pinfold` in $fpath, or `source <(pinfold completion zsh)`. */
export function zshCompletion(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const words = flagWords(command).map(quote).join(" ");
    return `    ${quote(command.name)}) words=(${words}) ;;`;
  });
  const groups = groupsOf(commands).map(
    ([first, rest]) => `    ${quote(first)}) words=(${rest.map(quote).join(" ")}) ;;`,
  );
  return `#compdef pinfold
# zsh completion of pinfold: source <(pinfold completion zsh)
_pinfold() {
  local -a words_before words
  words_before=(\${(@)\${(@)words[2,CURRENT-1]}:#-*})
  local command="\${(j: :)words_before}"
  words=()
  case $command in
    '') words=(${topWords(commands).map(quote).join(" ")}) ;;
${groups.join("\n")}
${cases.join("\n")}
  esac
  compadd -a words
  _files
}
compdef _pinfold pinfold
`;
}

/** For ~/.config/fish/completions/pinfold.fish. */
export function fishCompletion(commands: readonly Command[]): string {
  const lines = ["# fish completion of pinfold: pinfold completion fish | source"];
  for (const flag of globalFlags) lines.push(`complete -c pinfold ${fishFlag(flag)}`);
  for (const command of commands) {
    const [first = "", second] = command.name.split(" ");
    const summary = quote(command.summary);
    lines.push(
      second === undefined
        ? `complete -c pinfold -n __fish_use_subcommand -a ${first} -d ${summary}`
        : `complete -c pinfold -n '__fish_seen_subcommand_from ${first}' -a ${second} -d ${summary}`,
    );
    const seen = command.name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    for (const flag of command.flags) {
      lines.push(`complete -c pinfold -n '${seen}' ${fishFlag(flag)}`);
    }
  }
  for (const [first] of groupsOf(commands)) {
    lines.push(`complete -c pinfold -n __fish_use_subcommand -a ${first}`);
  }
  return `${lines.join("\n")}\n`;
}

function fishFlag(flag: Flag): string {
  const short = flag.short === undefined ? "" : `-s ${flag.short} `;
  const value = flag.value === undefined ? "" : " -r";
  const choices = flag.choices === undefined ? "" : ` -a ${quote(flag.choices.join(" "))}`;
  return `${short}-l ${flag.name}${value}${choices} -d ${quote(flag.summary)}`;
}

function flagWords(command: Command): string[] {
  return [...command.flags, ...globalFlags].flatMap(spellings);
}

function topWords(commands: readonly Command[]): string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
}

/** First words with commands below them, and their second words. */
function groupsOf(commands: readonly Command[]): (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = "", second] = name.split(" ");
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second]);
  }
  return [...groups];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
