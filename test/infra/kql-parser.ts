import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

/** What a query is, as Microsoft's own language service sees it. */
export interface Analysis {
  /** Its errors and warnings; empty for a good query. */
  readonly problems: readonly string[];
  /** The columns of its result, `name` to KQL type. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Column name -> KQL type. */
export type TableSchema = Readonly<Record<string, string>>;

/** The part of the language service that is used here; the package is .NET code translated by Bridge.NET. */
interface KustoLanguage {
  readonly KustoCode: { ParseAndAnalyze(text: string, globals: unknown): Code };
  readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
  readonly Symbols: {
    readonly TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: unknown[]) => unknown };
  };
}
interface Code {
  GetDiagnostics(): List<{ readonly Severity: string; readonly Message: string }>;
  readonly ResultType: { readonly Columns?: List<Column> } | null;
}
interface Column {
  readonly Name: string;
  readonly Type: { readonly Name: string };
}
interface List<Item> {
  readonly Count: number;
  getItem(index: number): Item;
}

/** The parser, knowing the tables given and no others. Loading it takes some seconds. */
export function kqlParser(tables: Readonly<Record<string, TableSchema>>): (query: string) => Analysis {
  const { language, newArray } = loadLanguageService();
  // An array of the other realm: the translated code takes no foreign one for an array.
  const members = newArray();
  for (const [name, schema] of Object.entries(tables)) {
    const columns = Object.entries(schema).map(([column, type]) => `${column}: ${type}`);
    members.push(language.Symbols.TableSymbol.From(`(${columns.join(', ')})`).WithName(name));
  }
  const database = new language.Symbols.DatabaseSymbol.ctor('workspace', members);
  const globals = language.GlobalState.Default.WithDatabase(database);
  return (query) => {
    const code = language.KustoCode.ParseAndAnalyze(query, globals);
    const columns = code.ResultType?.Columns;
    return {
      problems: itemsOf(code.GetDiagnostics()).map(({ Severity, Message }) => `${Severity}: ${Message}`),
      columns: Object.fromEntries(
        (columns ? itemsOf(columns) : []).map(({ Name, Type }) => [Name, Type.Name]),
      ),
    };
  };
}

/** Two scripts that define globals: they get a global object of their own. */
function loadLanguageService(): { language: KustoLanguage; newArray: () => unknown[] } {
  const directory = dirname(createRequire(import.meta.url).resolve('@kusto/language-service-next'));
  const context = createContext({ console });
  for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
    runInContext(readFileSync(join(directory, file), 'utf8'), context, { filename: file });
  }
  const { Kusto } = context as { Kusto?: { Language?: KustoLanguage } };
  if (!Kusto?.Language) throw new Error('@kusto/language-service-next defined no Kusto.Language');
  return { language: Kusto.Language, newArray: () => runInContext('[]', context) as unknown[] };
}

function itemsOf<Item>(list: List<Item>): Item[] {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}
