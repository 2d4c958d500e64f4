export {
  HttpListenError,
  serveHttp,
  type Health,
  type HttpOptions,
  type HttpServer,
  type Route,
} from './http-server.ts'
export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export { createMachineMetrics } from './machine-metrics.ts'
export { createRegistry, type Registry } from './registry.ts'
