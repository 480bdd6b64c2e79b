/** Messages of one device on its way: the section that it is sent, and some six reports of it. */
export const MESSAGES_A_DEVICE = 7;
