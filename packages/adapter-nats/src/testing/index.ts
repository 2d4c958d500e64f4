export { findNatsServers, natsServersOrSkip, type FoundNatsServer } from './find-nats-servers.ts'
export { startNatsServer, type NatsServer, type NatsServerOptions } from './nats-server.ts'
