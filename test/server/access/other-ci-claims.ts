/** What tokens of other CIs say, as their documentation shows it. */

/** None of GitHub's claims, which the issuer of the tests gives otherwise. */
const notGithub = {
  repository: undefined,
  repository_id: undefined,
  repository_owner_id: undefined,
  workflow_ref: undefined,
  event_name: undefined,
  run_id: undefined,
  run_attempt: undefined,
}

/** As GitLab's documentation shows an ID token. */
export const gitlabClaims = {
  ...notGithub,
  sub: 'project_path:acme/app:ref_type:branch:ref:main',
  namespace_id: '72',
  namespace_path: 'acme',
  project_id: '1234',
  project_path: 'acme/app',
  user_id: '1',
  user_login: 'sample-user',
  pipeline_id: '574',
  pipeline_source: 'push',
  job_id: '302',
  ref: 'main',
  ref_type: 'branch',
  ref_protected: 'true',
  runner_environment: 'gitlab-hosted',
  sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
}

/** As Buildkite's documentation shows one: no `jti`, numbers as numbers. */
export const buildkiteClaims = {
  ...notGithub,
  jti: undefined,
  sub: 'organization:acme:pipeline:app:ref:refs/heads/main:commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:test',
  organization_slug: 'acme',
  pipeline_slug: 'app',
  pipeline_id: '0184990a-477b-4fa8-9968-496074483k77',
  build_number: 1,
  build_branch: 'main',
  build_commit: '9f3182061f1e2cca4702c368cbc039b7dc9d4485',
  step_key: 'test',
  job_id: '0184990a-4782-42b5-afc1-16715b10b8ff',
  agent_id: '0184990a-477b-4fa8-9968-496074483cee',
}
