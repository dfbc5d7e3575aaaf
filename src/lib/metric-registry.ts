/** A number that is shown under a name, as Prometheus takes it. */
export interface MetricFamily {
  /** Letters, digits and `_`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** Measures, when somebody asks; undefined for what cannot be told here. */
  readonly read: () => number | undefined | Promise<number | undefined>;
}

/** Counts what happens. */
export class Counter {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(count = 1): void {
    this.#value += count;
  }
}

/** Metrics by name, and the text that shows them. */
export class MetricRegistry {
  readonly #families = new Map<string, MetricFamily>();

  add(...families: readonly MetricFamily[]): void {
    for (const family of families) this.#families.set(family.name, family);
  }

  /** Adds a counter that starts at 0. */
  counter(name: string, help: string): Counter {
    const counter = new Counter();
    this.add({ name, help, type: "counter", read: () => counter.value });
    return counter;
  }

  /**
   * All of them, measured now, in the text format 0.0.4 of Prometheus, by name. What fails to be measured is left out, and told
   * to `onProblem`.
   */
  async text(onProblem: (name: string, error: unknown) => void): Promise<string> {
    const families = [...this.#families.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const lines = families.map(async (family) => {
      try {
        return linesOf(family, await family.read());
      } catch (error) {
        onProblem(family.name, error);
        return "";
      }
    });
    return (await Promise.all(lines)).join("");
  }
}

function linesOf({ name, help, type }: MetricFamily, value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "";
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n${name} ${numberText(value)}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
