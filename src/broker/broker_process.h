/*
 * broker_process - the dispatch table of broker, and its life.
 */
#ifndef BROKER_PROCESS_H
#define BROKER_PROCESS_H

int broker_process(int argc, char **argv);

#endif
