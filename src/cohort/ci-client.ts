/**
 * Whether a client says of itself that it runs in a CI job: pip and uv by `"ci":true` in what they tell of their
 * machine, npm by the word `ci/<name>`. Other clients do not tell, and what they do not tell is not guessed.
 */
export function isCiClient(userAgent: string): boolean {
  return /"ci": ?true\b|(?:^|\s)ci\/[^\s/]/.test(userAgent)
}
