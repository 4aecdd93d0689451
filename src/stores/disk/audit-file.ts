import { appendFile } from 'node:fs/promises'
import type { AuditLog } from '../../ports/audit-log.ts'

/**
 * An audit log that also writes every entry as one line of JSON, for collectors of logs: to a file, which is
 * opened anew for each entry so that it may be rotated, or by `-` to standard output.
 */
export function withAuditFile(audit: AuditLog, path: string): AuditLog {
  const write = async (line: string): Promise<void> => {
    if (path === '-') process.stdout.write(line)
    else await appendFile(path, line, { mode: 0o600 })
  }
  return {
    list: (query) => audit.list(query),
    append: async (entry) => {
      const [stored, written] = await Promise.allSettled([
        audit.append(entry),
        write(`${JSON.stringify(entry)}\n`),
      ])
      if (stored.status === 'rejected') throw stored.reason
      if (written.status === 'rejected') throw written.reason
    },
  }
}
