/** How a variable is set, by the kind of shell or file that reads it. */
export const shellForms = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  fish: (name, value) => `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  // As GitLab's dotenv reports, `docker --env-file` and GITHUB_ENV take it: nothing is quoted.
  dotenv: (name, value) => `${name}=${value}`,
} as const satisfies Readonly<Record<string, (name: string, value: string) => string>>

export type ShellForm = keyof typeof shellForms
