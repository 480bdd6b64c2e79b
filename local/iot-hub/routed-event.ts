/** One message as message routing hands it to the Event Hubs endpoint. Dates become AMQP timestamps there. */
export interface RoutedEvent {
  /** The device id: it alone decides the partition, so all events of one device keep their order. */
  partitionKey: string;
  body: Buffer;
  contentType?: string;
  contentEncoding?: string;
  correlationId?: string;
  messageId?: string;
  userId?: string;
  applicationProperties: Record<string, string | number | boolean>;
  annotations: Record<string, string | number | boolean | Date>;
}
