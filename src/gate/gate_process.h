/*
 * gate_process - from exec to the last byte of one client.
 */
#ifndef GATE_PROCESS_H
#define GATE_PROCESS_H

int gate_process(int argc, char **argv);

#endif
