import { npmClientTests } from './npm-client-tests.ts'

npmClientTests('npm 10')
