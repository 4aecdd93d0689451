import type { Command } from 'commander'
import {
  type CalendarDate,
  calendarDateExpected,
  formatCalendarDate,
  parseCalendarDate,
} from '../../calendar/calendar-date.ts'
import { calendarIcs } from '../../calendar/calendar-ics.ts'
import { planCalendar, supportedOn } from '../../calendar/plan-calendar.ts'
import type { SeriesPlan } from '../../calendar/series-plan.ts'
import { seriesPlanOf } from '../../config/policy/series-plan.ts'
import { parseSlipwayFile, slipwayFilePath } from '../../config/policy/slipway-file.ts'
import { explainProblems } from '../../config/reading/explain-problems.ts'
import { followCalendarOf } from '../../registries/slipway-index/package-client.ts'
import { showValue } from '../../versions/problem.ts'
import { packageIdOf, parsePackageId } from '../../versions/release.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { readGivenFile } from '../given-file.ts'
import { accessOf, printJson, serverFrom, stopFor } from '../server-options.ts'
import { calendarJson, printCalendar, printFollowed, printSupported } from './print-calendar.ts'

interface CalendarOptions {
  readonly config: string
  readonly package?: string
  readonly from?: string
  readonly until?: string
  readonly supportedOn?: string
  readonly json?: boolean
  readonly ics?: boolean
  readonly server?: string
  readonly token?: string
}

/** Months shown where no end is named. */
const spanMonths = 24

/** `calendar`: the planned releases of a package, from its `series` and `streams`. */
export function addCalendar(program: Command, context: CliContext): void {
  program
    .command('calendar')
    .description('lay out the planned releases of a package')
    .option('--config <file>', 'the file with series and streams', slipwayFilePath)
    .option('--package <id>', 'which package, where the file plans several')
    .option('--from <month>', 'first month, such as 2020-01; without it, where the series begins')
    .option('--until <month>', 'last month; without it, two years after the first')
    .option(
      '--supported-on <date>',
      'the feature releases supported on a month or day, instead of the timeline',
    )
    .option('--json', 'print JSON instead of text')
    .option('--ics', 'print an iCalendar file instead of text')
    .option('--server <url>', 'ask this Slipway server what was released, what is late and what comes')
    .option('--token <secret>', 'a token of that server (or SLIPWAY_TOKEN, else SLIPWAY_ADMIN_TOKEN)')
    .action(async (options: CalendarOptions) => run(options, context))
}

async function run(options: CalendarOptions, context: CliContext): Promise<void> {
  if (options.json && options.ics) throw new CommandStop(EXIT.usage, 'ics: --json or --ics, not both')
  const from = readDate('from', options.from)
  const until = readDate('until', options.until)
  const supported = readDate('supported-on', options.supportedOn)
  if (options.server !== undefined) return followServer(options, options.server, context)
  const plan = await readPlan(options, context)
  if (supported !== null) {
    answerSupported(plan, supported, options, context)
    return
  }
  const first = from?.month ?? plan.from
  const last = until?.month ?? first + spanMonths
  if (last < first) {
    const given = until === null ? '' : formatCalendarDate(until)
    throw new CommandStop(EXIT.usage, `until: got ${given}, expected a month that is not before --from`)
  }
  const calendar = planCalendar(plan, { from: first, until: last })
  if (calendar.unknownShifts.length > 0) {
    const [version] = calendar.unknownShifts
    throw new CommandStop(
      EXIT.refused,
      `series.shift: got ${JSON.stringify(version)}, expected a version that the plan has in its first years; ${options.config} moves a release that is not planned`,
    )
  }
  if (options.json) printJson(context, calendarJson(calendar))
  else if (options.ics) context.out(calendarIcs(plan.package, calendar.releases, calendar.lives))
  else context.out(printCalendar(plan.package, calendar, context.colour))
}

/** The calendar of a server, which follows the real dates. */
async function followServer(options: CalendarOptions, server: string, context: CliContext): Promise<void> {
  const { package: id = '', from, until } = options
  const parsed = parsePackageId(id)
  if (!parsed.ok)
    throw new CommandStop(
      EXIT.usage,
      `package: got ${id === '' ? 'none' : showValue(id)}, expected a package such as npm:@scope/lib or pypi:demo-lib, to ask a server for its calendar`,
    )
  const feed = `${serverFrom(server)}/api/v1/packages/${parsed.value.ecosystem}/${parsed.value.name}/calendar.ics`
  if (options.ics || options.supportedOn !== undefined) {
    const flag = options.ics ? 'ics' : 'supported-on'
    throw new CommandStop(EXIT.usage, `${flag}: not with --server; calendars subscribe to ${feed}`)
  }
  const answer = await followCalendarOf(accessOf(options, context), packageIdOf(parsed.value), {
    from,
    until,
  })
  if (!answer.ok) throw stopFor(answer.failure)
  if (options.json) printJson(context, answer.value)
  else context.out(printFollowed(answer.value, context.colour))
}

function answerSupported(
  plan: SeriesPlan,
  date: CalendarDate,
  options: CalendarOptions,
  context: CliContext,
): void {
  if (options.ics) throw new CommandStop(EXIT.usage, 'ics: not with --supported-on, which is no timeline')
  const supported = supportedOn(plan, date)
  if (!options.json) {
    context.out(printSupported(plan, date, supported, context.colour))
    return
  }
  const named = supported.map((one) => ({ ...one, released: formatCalendarDate(one.released) }))
  printJson(context, {
    package: plan.package,
    on: formatCalendarDate(date),
    months: plan.supportMonths,
    supported: named,
  })
}

function readDate(flag: string, given: string | undefined): CalendarDate | null {
  if (given === undefined) return null
  const date = parseCalendarDate(given)
  if (date !== null) return date
  throw new CommandStop(EXIT.usage, `${flag}: got ${JSON.stringify(given)}, expected ${calendarDateExpected}`)
}

async function readPlan(options: CalendarOptions, context: CliContext): Promise<SeriesPlan> {
  const file = options.config
  const text = await readGivenFile('config', file, 'a file with series and streams', context)
  const parsed = parseSlipwayFile(text)
  if (!parsed.ok)
    throw new CommandStop(EXIT.refused, `config: cannot be used\n${explainProblems(file, parsed.problems)}`)
  const plans = (parsed.file.releases ?? []).flatMap((entry) => seriesPlanOf(entry) ?? [])
  const wanted =
    options.package === undefined ? plans : plans.filter((plan) => plan.package === options.package)
  const [plan, another] = wanted
  const packages = plans.map((one) => one.package).join(', ')
  if (plan === undefined) {
    const expected = packages === '' ? 'a package with series and streams' : `one of ${packages}`
    throw new CommandStop(
      EXIT.usage,
      `package: got ${options.package ?? 'none'} in ${file}, expected ${expected}`,
    )
  }
  if (another !== undefined) {
    throw new CommandStop(EXIT.usage, `package: ${file} plans several packages; name one of ${packages}`)
  }
  return plan
}
