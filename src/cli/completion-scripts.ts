// Completion scripts, made from the table of commands.

import type { Command, Flag } from "./command.ts";
import { globalFlags } from "./flags.ts";
import { spellings } from "./parse-arguments.ts";

/** For ~/.bashrc: `source <(pinfold completion bash)`. */
export function bashCompletion(commands: readonly Command[]): string {
  const cases = prefixesOf(commands).map((name) => {
    const words = quote(nextWords(name, commands).join(" "));
    return `    ${JSON.stringify(name)}) words=${words} ;;`;
  });
  return `# bash completion of pinfold: source <(pinfold completion bash)
_pinfold() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=() command= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command="\${command:+$command }$word" ;; esac
  done
  case $command in
    "") words=${quote(topWords(commands).join(" "))} ;;
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
  const cases = prefixesOf(commands).map((name) => {
    const words = nextWords(name, commands).map(quote).join(" ");
    return `    ${quote(name)}) words=(${words}) ;;`;
  });
  return `#compdef pinfold
# zsh completion of pinfold: source <(pinfold completion zsh)
_pinfold() {
  local -a words_before words
  words_before=(\${(@)\${(@)words[2,CURRENT-1]}:#-*})
  local command="\${(j: :)words_before}"
  words=()
  case $command in
    '') words=(${topWords(commands).map(quote).join(" ")}) ;;
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
    const words = command.name.split(" ");
    const summary = quote(command.summary);
    const before = fishSeen(words.slice(0, -1)) ?? "__fish_use_subcommand";
    lines.push(`complete -c pinfold -n ${quote(before)} -a ${words.at(-1)} -d ${summary}`);
    const seen = fishSeen(words);
    for (const flag of command.flags) {
      lines.push(`complete -c pinfold -n '${seen}' ${fishFlag(flag)}`);
    }
  }
  for (const [group] of groupsOf(commands).filter(([name]) => !name.includes(" "))) {
    lines.push(`complete -c pinfold -n __fish_use_subcommand -a ${group}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The condition that all of the words are there. */
function fishSeen(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
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

/** Words with commands below them, and what comes next: `swarm` and `peers`, `addrs` …; `swarm addrs` and `local` …. */
function groupsOf(commands: readonly Command[]): (readonly [string, readonly string[]])[] {
  const groups = new Map<string, Set<string>>();
  for (const { name } of commands) {
    const words = name.split(" ");
    for (let depth = 1; depth < words.length; depth += 1) {
      const group = words.slice(0, depth).join(" ");
      const below = groups.get(group) ?? new Set();
      groups.set(group, below.add(words[depth] ?? ""));
    }
  }
  return Array.from(groups, ([group, below]) => [group, [...below]]);
}

/** What comes after the words of a name: words of longer names, then its own flags. */
function nextWords(name: string, commands: readonly Command[]): readonly string[] {
  const below = groupsOf(commands).find(([group]) => group === name)?.[1] ?? [];
  const command = commands.find((one) => one.name === name);
  return [...below, ...(command === undefined ? [] : flagWords(command))];
}

/** Every name of a command, and what groups of them have in common. */
function prefixesOf(commands: readonly Command[]): readonly string[] {
  return [
    ...new Set([
      ...groupsOf(commands).map(([group]) => group),
      ...commands.map(({ name }) => name),
    ]),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
