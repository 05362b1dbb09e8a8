// What every P4-16 program may use, whatever its architecture (P4-16, "P4 core library").
// By the name here it is known to copies that programs bring along: one of them is enough.
#ifndef _CORE_P4_
#define _CORE_P4_

// Controllers see these as numbers: the order is part of the interface.
error {
    NoError,             // nothing went wrong
    PacketTooShort,      // the packet ends within what was to be extracted
    NoMatch,             // no case of a select expression matches
    StackOutOfBounds,    // an element of a header stack that does not exist
    HeaderTooShort,      // more bits for a varbit field than it can hold
    ParserTimeout,       // the parser took more steps than it may
    ParserInvalidArgument // an argument that the parser cannot work with
}

match_kind {
    exact,
    ternary,
    lpm
}

// The packet as it came in: read from the front.
extern packet_in {
    // Reads a header of fixed size and makes it valid.
    void extract<T>(out T hdr);

    // Reads a header with one varbit field, which gets the given number of bits.
    void extract<T>(out T variableSizeHeader, in bit<32> variableFieldSizeInBits);

    // Reads without moving on.
    T lookahead<T>();

    // Moves on without reading.
    void advance(in bit<32> sizeInBits);

    // Bytes of the whole packet. Some targets cannot know; this one does.
    bit<32> length();
}

// The packet as it goes out: written from the front.
extern packet_out {
    // A header only when it is valid; of stacks, unions and structs each member so.
    void emit<T>(in T hdr);
}

// Ends the parser with the error where the condition does not hold.
extern void verify(in bool check, in error toSignal);

// The default action of a table that names none.
@noWarn("unused")
action NoAction() {}

// Refuses the program where the condition does not hold.
extern bool static_assert(bool check, string message);
extern bool static_assert(bool check);

#endif
