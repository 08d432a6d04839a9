// Words that belong to one place: upstream's vocabulary and HTTP's. Comments may say what they like.
import ts from 'typescript';
import { at, type Finding, isWithin, nodesOf, type SourceFile } from './source-files.js';

interface Vocabulary {
  readonly what: string;
  /** Whole words of identifiers and texts. */
  readonly words: RegExp;
  /** Numbers, written out as literals. */
  readonly numbers?: ReadonlySet<number>;
  /** Beginnings of the paths where they may stand. */
  readonly places: readonly string[];
}

export const VOCABULARIES: readonly Vocabulary[] = [
  {
    what: 'an action or field of the upstream',
    words:
      /\b(?:(?:Source|Target)?DBInstance[A-Z]\w*|DBInfo|ImportDatabaseBetweenInstances|CancelImport|Desc(?:r)?ibe[A-Z]\w+)\b/,
    // Remedies tell a person which of upstream's own words to look for.
    places: ['src/adapters/rds-', 'src/simulator/', 'src/http/', 'src/domain/remedies-of-'],
  },
  {
    what: "the upstream's DBNames",
    words: /\bDBNames\b/,
    places: [
      'src/adapters/rds-',
      'src/simulator/',
      'src/http/',
      'src/domain/db-',
      'src/domain/errors.ts',
    ],
  },
  {
    what: 'an HTTP status',
    words: /\b(?:statusCode|HttpStatus|HttpException|HttpCode|[A-Z]\w+Exception)\b/,
    // 100, 200 and 500 are too good as plain numbers to be told from statuses.
    numbers: new Set([
      201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 502, 503, 504,
    ]),
    places: [
      ...['src/http/', 'src/simulator/', 'src/adapters/rds-', 'src/adapters/http-'],
      'src/web/api-client.ts',
    ],
  },
];

const isWritten = (node: ts.Node): node is ts.Identifier | ts.LiteralLikeNode =>
  ts.isIdentifier(node) || ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node);

export function strayWords(file: SourceFile, vocabulary: Vocabulary): Finding[] {
  if (isWithin(file.path, vocabulary.places)) return [];
  return [...nodesOf(file.tree)].filter(isWritten).flatMap((node) => {
    const isStatus = ts.isNumericLiteral(node) && vocabulary.numbers?.has(Number(node.text));
    const word = isStatus ? node.text : vocabulary.words.exec(node.text)?.[0];
    const places = vocabulary.places.join(', ');
    return word === undefined
      ? []
      : [`${at(file, node)} says ${word}, ${vocabulary.what}: it belongs in ${places}`];
  });
}
