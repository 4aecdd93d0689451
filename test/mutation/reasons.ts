interface Change {
  readonly file: string
  readonly mutator: string
  readonly from: string
  readonly to: string
}

type Rule = readonly [reason: string, applies: (change: Change) => boolean]

const isText = (change: Change) => change.mutator === 'StringLiteral' || change.mutator === 'Regex'

/** Why a change of a kind mostly goes unnoticed; the first that applies. Whatever fits none is a gap in the tests. */
const rules: readonly Rule[] = [
  [
    'Always there: the types cannot say that a find or a match succeeds, the code before made sure',
    ({ mutator, from }) => mutator === 'OptionalChaining' && !from.includes('outcome'),
  ],
  [
    'Only an order: lists that people read are sorted, and the tests hand them over in order',
    ({ from }) => /\.sort\(|\.toSorted\(|\bleft\b|\bright\b|^-1$/.test(from),
  ],
  [
    'The legs of a matrix: tested through the engine (test/engine/canaries/matrix.test.ts), which this run leaves out',
    ({ file, mutator }) => file.endsWith('/judge-tries.ts') && mutator !== 'StringLiteral',
  ],
  [
    'Nothing to do either way: the branch saves work, or the loop after it has nothing to go over',
    ({ mutator, from }) =>
      mutator === 'ConditionalExpression' &&
      /length === 0|=== undefined|=== null|known\?|=== tries/.test(from),
  ],
  [
    'At the very moment: what happens in the same millisecond or at equal counts is not decided by the design',
    ({ mutator, from }) => mutator === 'EqualityOperator' && /[<>]/.test(from),
  ],
  [
    'Since when: the newest or the oldest of several times, shown beside a sentence and decided on by nobody',
    ({ from }) => /^Math\.(max|min)\(/.test(from),
  ],
  ['Words: a detail or a label beside the verdict, or a word that only tells two kinds apart', isText],
  [
    'Subjects: ids beside a verdict that no sentence and no decision reads',
    ({ mutator }) => mutator === 'ArrayDeclaration' || mutator === 'ArrowFunction',
  ],
]

export function reasonOf(change: Change): string {
  return rules.find(([, applies]) => applies(change))?.[0] ?? 'A gap: a test is missing, or the two are equal'
}
