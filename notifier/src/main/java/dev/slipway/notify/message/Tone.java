package dev.slipway.notify.message;

/** How a message is to be taken. */
public enum Tone {
    /** For information; nobody needs to do anything. */
    INFO,
    /** Something ended well. */
    GOOD,
    /** A person is asked for, or will be if this goes on. */
    ATTENTION,
    /** Something is wrong in the environment. */
    BAD
}
