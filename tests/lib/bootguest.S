/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bootguest: a whole guest in 64 KiB of ROM, in place of a BIOS (machine `pc', QEMU -bios).
 * Ready some milliseconds after its start; idle it sleeps in hlt.  It says what it does on the
 * first serial port: `R' ready, then each command taken.
 *
 *   p  panic (pvpanic, port 0x505)     w  watchdog fires (ib700, port 0x443)
 *   s  power off                       z  sleep (ACPI S3; after wake-up `R' again)
 *   r  reset (keyboard controller)     d  dirty memory, on and off
 *   e  write 16 sectors 64 KiB apart to the first IDE disk, each time further back
 *   i  ignore the power button, on and off
 *   a  start the guest agent, and end it      h  the agent keeps silent, on and off
 *
 * The ACPI power button powers off.  Keys come from `virsh send-key'.  The agent sits on port 1 of
 * the first virtio serial controller, where libvirt puts a domain's first channel; it answers
 * guest-sync with the number it is given and everything else with nothing.
 *
 * as --32 bootguest.S -o g.o && ld -m elf_i386 -Ttext 0 -e 0 --oformat binary g.o -o bootguest.rom
 */
        .code16
        .text

        /* Numbers of the chip set: PIIX4 power management is PCI device 0:1.3. */
        .equ PCI_PM,    0x80000b00
        .equ PM_BASE,   0x600
        .equ PM_STATUS, PM_BASE
        .equ PM_ENABLE, PM_BASE + 2
        .equ PM_CONTROL, PM_BASE + 4
        .equ BUTTON,    0x0100
        .equ SLEEP_S5,  0x2000
        .equ SLEEP_S3,  0x2400
        .equ SERIAL,    0x3f8
        .equ IDE,       0x1f0

        /* Variables, at 0000:0500 and up; all zero at start */
        .equ NEXT_LBA,  0x500           /* 4 bytes */
        .equ DIRTYING,  0x504
        .equ RELEASED,  0x505           /* the next scan code is of a key let go */
        .equ IGNORING,  0x506           /* the power button */
        .equ AGENT,     0x507           /* there is a controller for it */
        .equ AGENT_OPEN, 0x508
        .equ AGENT_MUTE, 0x509
        .equ AGENT_SEEN, 0x50a          /* 2 bytes: messages taken */

        /* The virtio serial controller: its ports, and rings and texts in memory */
        .equ VIRTIO_SERIAL, 0x10031af4
        .equ VIRTIO,    0xc000
        .equ CONTROL_RING, 0x20000      /* queue 3, 32 entries */
        .equ IN_RING,   0x22000         /* queue 4, 128 entries */
        .equ OUT_RING,  0x24000         /* queue 5, 128 entries */
        .equ CONTROL,   0x26000
        .equ IN_TEXT,   0x26100
        .equ OUT_TEXT,  0x26600
        .equ TEXTS_END, 0x27000
        .equ USED,      0x1000          /* the part the device writes, in each ring */

start:
        cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7000, %sp
        movl    %eax, NEXT_LBA
        movw    %ax, DIRTYING
        movw    %ax, IGNORING
        movw    %ax, AGENT_OPEN
        movw    %ax, AGENT_SEEN
        call    set_up_interrupts
        call    set_up_power
        call    set_up_agent
        movb    $'R', %al
        call    say
        sti

/* One turn: sleep until timer or keyboard, button, keys.  Memory is dirtied once a turn: that is
 * faster than a held migration copies it, and leaves the processor to others. */
turn:
        hlt
        cmpb    $0, DIRTYING
        je      2f
        call    dirty_memory
2:      call    serve_agent
        movw    $PM_STATUS, %dx
        inw     %dx, %ax
        testw   $BUTTON, %ax
        jz      5f
        cmpb    $0, IGNORING
        je      power_off
        movw    $BUTTON, %ax            /* taken note of, nothing more */
        outw    %ax, %dx
5:      inb     $0x64, %al
        testb   $1, %al
        jz      turn
        movb    %al, %ah
        inb     $0x60, %al
        testb   $0x20, %ah              /* from the mouse */
        jnz     turn
        cmpb    $0xf0, %al              /* scan code set 2: the next one is a release */
        je      key_released
        cmpb    $0, RELEASED
        movb    $0, RELEASED
        jne     turn
        movw    $keys, %si
3:      cmpb    $0, %cs:(%si)
        je      turn
        cmpb    %cs:(%si), %al
        je      4f
        addw    $4, %si
        jmp     3b
4:      movb    %cs:1(%si), %al
        call    say
        pushw   $turn
        jmp     *%cs:2(%si)

key_released:
        movb    $1, RELEASED
        jmp     turn

keys:   .byte   0x4d, 'p'
        .word   panic
        .byte   0x1d, 'w'
        .word   watchdog
        .byte   0x1b, 's'
        .word   power_off
        .byte   0x2d, 'r'
        .word   reset_machine
        .byte   0x1a, 'z'
        .word   sleep_in_memory
        .byte   0x23, 'd'
        .word   switch_dirtying
        .byte   0x24, 'e'
        .word   write_disk
        .byte   0x43, 'i'
        .word   switch_ignoring
        .byte   0x1c, 'a'
        .word   switch_agent
        .byte   0x33, 'h'
        .word   switch_mute
        .word   0

panic:
        movw    $0x505, %dx
        movb    $1, %al
        outb    %al, %dx
        ret

watchdog:
        movw    $0x443, %dx
        movb    $0x0f, %al              /* after 0 seconds */
        outb    %al, %dx
        ret

power_off:
        movw    $SLEEP_S5, %ax
        jmp     1f
sleep_in_memory:
        movw    $SLEEP_S3, %ax
1:      movw    $PM_CONTROL, %dx
        outw    %ax, %dx
        ret

reset_machine:
        movb    $0xfe, %al
        outb    %al, $0x64
        ret

switch_dirtying:
        xorb    $1, DIRTYING
        ret

switch_ignoring:
        xorb    $1, IGNORING
        ret

/*
 * The guest agent: a driver that waits for each message to be taken, and uses descriptor 0 of each
 * ring only; the lists of descriptors can stay zero.
 */
set_up_agent:
        movl    $0x80000000, %ebx
1:      movl    %ebx, %eax
        call    pci_select
        inl     %dx, %eax
        cmpl    $VIRTIO_SERIAL, %eax
        je      2f
        addl    $0x800, %ebx            /* the next slot */
        cmpl    $0x80010000, %ebx
        jb      1b
        ret
2:      movb    $1, AGENT
        leal    0x10(%ebx), %eax
        call    pci_select
        movl    $VIRTIO + 1, %eax
        outl    %eax, %dx
        leal    4(%ebx), %eax           /* ports and memory of others */
        call    pci_select
        movl    $5, %eax
        outl    %eax, %dx
        movl    $CONTROL_RING, %edi
3:      movl    $0, %es:(%edi)
        addl    $4, %edi
        cmpl    $TEXTS_END, %edi
        jb      3b
        movw    $VIRTIO + 18, %dx       /* status: forget all; seen; driver */
        xorb    %al, %al
        outb    %al, %dx
        incb    %al
        outb    %al, %dx
        movb    $3, %al
        outb    %al, %dx
        movw    $VIRTIO + 4, %dx        /* features: several ports */
        movl    $2, %eax
        outl    %eax, %dx
        movw    $3, %ax
        movl    $CONTROL_RING >> 12, %ecx
        call    set_up_queue
        movw    $4, %ax
        movl    $IN_RING >> 12, %ecx
        call    set_up_queue
        movw    $5, %ax
        movl    $OUT_RING >> 12, %ecx
        call    set_up_queue
        movw    $VIRTIO + 18, %dx
        movb    $7, %al                 /* driver is ready */
        outb    %al, %dx
        xorw    %cx, %cx                /* device ready */
        movw    $1, %dx
        call    tell
        movw    $3, %cx                 /* port ready */
        movw    $1, %dx
        call    tell
        jmp     listen

pci_select:
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $0xcfc, %dx
        ret

set_up_queue:                           /* %ax, in page %ecx */
        movw    $VIRTIO + 14, %dx
        outw    %ax, %dx
        movw    $VIRTIO + 8, %dx
        movl    %ecx, %eax
        outl    %eax, %dx
        ret

/* The ring %ebx, its list at %ebp, queue %ax: %ecx bytes at %esi, flags %dx */
give:
        movl    %esi, %es:(%ebx)
        movl    %ecx, %es:8(%ebx)
        movw    %dx, %es:12(%ebx)
        movw    $1, %es:(%ebp)          /* no interrupt, please */
        incw    %es:2(%ebp)
        movw    $VIRTIO + 16, %dx
        outw    %ax, %dx
        ret

taken:                                  /* waits, not for ever */
        movl    $0x1000000, %ecx
        movw    %es:2(%ebp), %ax
1:      cmpw    %es:USED + 2(%ebx), %ax
        je      2f
        pause
        decl    %ecx
        jnz     1b
2:      ret

tell:                                   /* event %cx with value %dx, of port 1 */
        movl    $CONTROL, %esi
        movl    $1, %es:(%esi)
        movw    %cx, %es:4(%esi)
        movw    %dx, %es:6(%esi)
        movl    $CONTROL_RING, %ebx
        movl    $CONTROL_RING + 16 * 32, %ebp
        movl    $8, %ecx
        xorw    %dx, %dx
        movw    $3, %ax
        call    give
        jmp     taken

listen:
        movl    $IN_RING, %ebx
        movl    $IN_RING + 16 * 128, %ebp
        movl    $IN_TEXT, %esi
        movl    $0x400, %ecx
        movw    $2, %dx                 /* to be written by the device */
        movw    $4, %ax
        jmp     give

switch_agent:
        cmpb    $0, AGENT
        je      1f
        xorb    $1, AGENT_OPEN
        movzbw  AGENT_OPEN, %dx
        movw    $6, %cx                 /* port open */
        jmp     tell
1:      ret

switch_mute:
        xorb    $1, AGENT_MUTE
        ret

serve_agent:
        cmpw    $1, AGENT_OPEN          /* and not mute */
        jne     1f
        movl    $IN_RING, %ebx
        movw    AGENT_SEEN, %ax
        cmpw    %es:USED + 2(%ebx), %ax
        jne     2f
1:      ret
2:      movzwl  %ax, %edx
        andl    $127, %edx
        movl    %es:USED + 8(%ebx, %edx, 8), %ecx
        incw    AGENT_SEEN
        movl    $IN_TEXT, %ebx
        addl    %ebx, %ecx              /* its end */
        movl    $OUT_TEXT, %edi
        movw    $answer, %si
        call    put_text
3:      movw    $nothing, %si
        cmpl    %ecx, %ebx              /* no number in it */
        jae     5f
        call    is_digit
        jne     3b
        movw    $answer_end, %si
4:      movb    %al, %es:(%edi)
        incl    %edi
        cmpl    %ecx, %ebx
        jae     5f
        call    is_digit
        je      4b
5:      call    put_text
        movl    %edi, %ecx
        subl    $OUT_TEXT, %ecx
        movl    $OUT_RING, %ebx
        movl    $OUT_RING + 16 * 128, %ebp
        movl    $OUT_TEXT, %esi
        xorw    %dx, %dx
        movw    $5, %ax
        call    give
        call    taken
        jmp     listen

is_digit:                               /* the byte at %ebx, which moves on, into %al */
        movb    %es:(%ebx), %al
        incl    %ebx
        cmpb    $'0', %al
        jb      1f
        cmpb    $'9', %al
        ja      1f
        cmpb    %al, %al
1:      ret

put_text:                               /* from %cs:%si to %es:%edi */
        movb    %cs:(%si), %al
        incw    %si
        cmpb    $0, %al
        je      1f
        movb    %al, %es:(%edi)
        incl    %edi
        jmp     put_text
1:      ret

answer: .asciz  "{\"return\":"
nothing: .ascii "{}"
answer_end: .asciz "}\n"

/* One word in every page from 1 MiB to 7 MiB; %es has no limit (see set_up_interrupts) */
dirty_memory:
        movl    $0x100000, %ebx
1:      incw    %es:(%ebx)
        addl    $0x1000, %ebx
        cmpl    $0x700000, %ebx
        jb      1b
        ret

/* What is written is the memory from 0000:0000 on. */
write_disk:
        movw    $16, %bp
1:      call    ide_wait
        movl    NEXT_LBA, %ebx
        movw    $IDE + 2, %dx
        movb    $1, %al                 /* one sector */
        outb    %al, %dx
        incw    %dx
        movb    %bl, %al
        outb    %al, %dx
        incw    %dx
        movb    %bh, %al
        outb    %al, %dx
        incw    %dx
        movl    %ebx, %eax
        shrl    $16, %eax
        outb    %al, %dx
        incw    %dx
        movb    $0xe0, %al              /* drive 0, LBA */
        outb    %al, %dx
        incw    %dx
        movb    $0x30, %al              /* write sectors */
        outb    %al, %dx
        call    ide_wait
        testb   $8, %al                 /* no data wanted: no disk, or an error */
        jz      2f
        xorw    %si, %si
        movw    $256, %cx
        movw    $IDE, %dx
        rep outsw
        call    ide_wait
        movw    $IDE + 7, %dx
        movb    $0xe7, %al              /* flush */
        outb    %al, %dx
        call    ide_wait
        addl    $128, NEXT_LBA
        decw    %bp
        jnz     1b
2:      ret

ide_wait:
        movw    $IDE + 7, %dx
1:      inb     %dx, %al
        testb   $0x80, %al
        jnz     1b
        ret

say:
        movw    $SERIAL, %dx
        outb    %al, %dx
        ret

set_up_power:
        movl    $PCI_PM + 0x40, %eax    /* base of the ports */
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movl    $PM_BASE + 1, %eax
        movw    $0xcfc, %dx
        outl    %eax, %dx
        movl    $PCI_PM + 0x80, %eax    /* ports on */
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movb    $1, %al
        movw    $0xcfc, %dx
        outb    %al, %dx
        movw    $PM_STATUS, %dx
        movw    $0xffff, %ax            /* forget a button pressed before */
        outw    %ax, %dx
        movw    $PM_ENABLE, %dx
        movw    $BUTTON, %ax
        outw    %ax, %dx
        ret

/*
 * The timer runs at 18 Hz from the start; it and the keyboard end hlt, nothing more.
 * The local APIC has to be told to let through what the old controllers report.  It is above
 * 4 GiB - 32 MiB: a visit to protected mode leaves %es without limit.
 */
set_up_interrupts:
        lgdtl   %cs:descriptors
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %bx
        movw    %bx, %es
        andb    $0xfe, %al
        movl    %eax, %cr0
        xorw    %bx, %bx
        movw    %bx, %es
        movl    $0xfee00350, %ebx       /* local interrupt 0: external */
        movl    $0x700, %es:(%ebx)
        movw    $0x20 * 4, %di
        movw    $16, %cx
1:      movw    $interrupt, (%di)
        movw    %cs, 2(%di)
        addw    $4, %di
        loop    1b
        movb    $0x11, %al              /* both controllers: vectors 0x20 to 0x2f */
        outb    %al, $0x20
        outb    %al, $0xa0
        movb    $0x20, %al
        outb    %al, $0x21
        movb    $0x28, %al
        outb    %al, $0xa1
        movb    $4, %al
        outb    %al, $0x21
        movb    $2, %al
        outb    %al, $0xa1
        movb    $1, %al
        outb    %al, $0x21
        outb    %al, $0xa1
        movb    $0xfc, %al              /* let through: timer, keyboard */
        outb    %al, $0x21
        movb    $0xff, %al
        outb    %al, $0xa1
        ret

interrupt:
        pushw   %ax
        movb    $0x20, %al
        outb    %al, $0x20
        popw    %ax
        iret

        .balign 8
descriptors:                            /* limit and base; the unused first entry holds them */
        .word   15
        .long   0xf0000 + descriptors
        .word   0
        .word   0xffff, 0, 0x9200, 0x00cf

        .org    0xfff0, 0xff            /* where the processor begins */
        ljmp    $0xf000, $start
        .org    0x10000, 0xff
