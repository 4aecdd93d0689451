/** A dependent's repository, as far as it may be written to. */
export interface DependentRef {
  readonly repositoryId: string
  readonly repository: string
}
