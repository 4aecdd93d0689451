/** What the App asks for, as `app.yml` says and explains it. */
export const appPermissions = {
  actions: 'write',
  checks: 'write',
  contents: 'read',
  deployments: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  repository_advisories: 'read',
  statuses: 'read',
} as const

/** What the App wants to be told of, as `app.yml` says and explains it. */
export const appEvents = [
  'release',
  'push',
  'repository',
  'workflow_run',
  'check_run',
  'check_suite',
  'status',
  'repository_advisory',
  'issues',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'deployment_protection_rule',
] as const

/** The manifest from which GitHub makes the App of a server. `publicUrl` without a slash at its end. */
export function githubManifest(publicUrl: string): Readonly<Record<string, unknown>> {
  return {
    name: `slipway ${new URL(publicUrl).host}`.slice(0, 34),
    url: publicUrl,
    description: 'Rolls a package release out in stages and takes it back when dependents break.',
    hook_attributes: { url: `${publicUrl}/api/github/webhooks`, active: true },
    redirect_url: `${publicUrl}/setup/made`,
    // Dependents in other accounts install it, too.
    public: true,
    default_permissions: appPermissions,
    default_events: appEvents,
  }
}
