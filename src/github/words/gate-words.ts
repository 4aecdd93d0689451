import { prose } from './escape-text.ts'

const long = 600

/** What stands at a deployment that waits for a release; `sentence` is the explanation's own. */
export function gateWaitsText(need: string, sentence: string, url: string): string {
  return `Waits for ${need}. ${prose(sentence, long)} Details: ${url}`
}

export function gateOpenText(need: string, sentence: string, url: string): string {
  return `Goes on: ${need} is reached. ${prose(sentence, long)} Details: ${url}`
}

/** It will not be reached any more: the rollout ended below it. */
export function gateClosedText(need: string, sentence: string, url: string): string {
  return `Stopped: ${need} is not reached any more. ${prose(sentence, long)} Run the job again once the file names another release. Details: ${url}`
}

export function gateUnknownText(need: string): string {
  return `Waits for ${need}. No rollout of that release is known, or none that this repository may hear of: it owns the package, tests it, or is in the same account.`
}

/** The rule stands at an environment that the file says nothing of. */
export function gateUnsaidText(environment: string): string {
  return `Stopped: .github/slipway.yml does not say what deployments to ${prose(environment, 100)} wait for. Add a line such as: needs: { "${prose(environment, 100)}": "npm:x@1.2.0 >= 50 %" }, or take Slipway's rule off the environment; then run the job again.`
}

export function gateBrokenText(problems: string): string {
  return `Stopped: .github/slipway.yml cannot be read, so nobody knows what this waits for. ${prose(problems, long)}`
}
