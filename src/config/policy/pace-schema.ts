import { parseDuration } from '../reading/duration.ts'
import { duration, oneOf, parsed, refused } from '../reading/setting.ts'

const catchUpExpected = 'a duration such as 1h, or never'

/** `1h`; null for `never`. */
const catchUp = parsed<number | null>(
  (value) => {
    if (value === 'never') return { ok: true, value: null }
    const read = typeof value === 'string' ? parseDuration(value) : null
    return read?.ok === true ? read : refused(value, catchUpExpected)
  },
  { type: 'string', examples: ['1h', 'never'] },
)

/** How releases of one package, or of one train, stand to each other; part of a policy. */
export const paceShape = {
  line: oneOf(['minor', 'major', 'package'])
    .optional()
    .describe('Which releases replace each other: those of one minor series (default), one major, or all.'),
  onNewer: oneOf(['overtake', 'pipeline'])
    .optional()
    .describe(
      'What a newer release of the line does to a live one: overtake it, which then stands still (default), or go beside it.',
    ),
  catchUp: catchUp
    .optional()
    .describe('Bake of stages that an older live release of the line has reached already. Default 1h.'),
  waitForFiles: duration()
    .optional()
    .describe('How long to wait for the platforms and Pythons that the baseline had. Default 24h.'),
  trainSettle: duration()
    .optional()
    .describe('How long a train waits for further members after the last one. Default 10m.'),
  floors: oneOf(['hold', 'ignore'])
    .optional()
    .describe(
      'Whether a release waits for the live releases that it needs before more people see it. Default hold.',
    ),
}
